"""A monitors folder to Monitors: reads every file once, inherits, builds, and collects all that is wrong.

Only one flow's tree is held at a time.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache

from ..monitor import Monitor, Monitors
from .across import Claim, across
from .bounds import checked, judge
from .contacts import Contacts, contacts
from .flow import Workshop, monitor
from .folder import Folder
from .layers import BUILT_IN, Base, Layer, Tree, built_in, environment_blocks, laid_over, merged, origin
from .parsing import Desk
from .problem import Finding, Path
from .report import Report
from .schema import NONE, compiled

_CONSEQUENCES: dict[str, tuple[Path, ...]] = {
    "no-threshold": (),
    "no-signal": (),
    "half-log-store": (("logs",),),
    "nobody": (("owner",), ("notify",)),
    "unknown-team": (("owner",),),
    "unknown-group": (("notify",),),
}
"""Findings that may follow from something cut out, and the keys it would have to be below (else the alarm's own)."""

check_of = lru_cache(maxsize=None)(compiled)


@dataclass(slots=True)
class Shared:
    """What the flows of one folder and profile inherit: layers below the flow, and what they come to."""

    layers: list[Layer]
    base: Base
    limited: bool


@dataclass(frozen=True, slots=True)
class View:
    """A monitor as one environment sees it, with the layers it came from; `name` is the flow's file."""

    name: str
    environment: str
    monitor: Monitor
    layers: list[Layer]


@dataclass(slots=True)
class Loader:
    """One pass over a folder for one environment, or for every environment that a file names (None).

    `views` collects every sound monitor with its layers, where somebody wants them.
    """

    folder: Folder
    desk: Desk
    environment: str | None
    workshop: Workshop = field(default_factory=lambda: Workshop(Contacts()))
    claims: list[Claim] = field(default_factory=list)
    views: list[View] | None = None
    _trees: dict[str, Tree] = field(default_factory=dict)
    _shared: dict[tuple[str, str | None], Shared] = field(default_factory=dict)
    _base: Layer = field(default_factory=lambda: Layer(BUILT_IN, built_in()))

    def prepare(self) -> None:
        """Read what flows inherit from and refer to."""
        folder, tree = self.folder, self.desk.tree
        if folder.project:
            tree(folder.project, check_of("project"), "project")
        for name in folder.defaults.values():
            self._trees[name] = checked(tree(name, check_of("defaults"), "defaults"), self._report_in(name))
        for name in folder.profiles.values():
            self._trees[name] = tree(name, check_of("profile"), "profile")
        if folder.contacts:
            self.workshop = Workshop(self._contacts(folder.contacts))

    def _contacts(self, name: str) -> Contacts:
        tree = self.desk.tree(name, check_of("contacts"), "contacts")
        broken = {str(cut[1]) for cut in self.desk.cuts.get(name, ()) if cut[:1] == ("groups",) and len(cut) > 1}
        return contacts(tree, broken, self._report_in(name))

    def monitors(self, names: Iterable[str]) -> Monitors:
        """The monitors of these files, without those that have problems."""
        made = [one for name in names if (one := self._flow(name)) is not None]
        known = self.workshop.contacts.groups
        groups = tuple(known[name] for name in sorted(known))
        return Monitors(tuple(sorted(made, key=lambda one: one.flow)), groups)

    def together(self) -> None:
        """Judge all flows read so far against each other."""
        self.desk.findings += across(self.claims, self.folder.shown)

    def tree(self, name: str) -> Tree:
        """The legal part of one flow's file."""
        return self.desk.tree(name, check_of("spec"), "spec")

    def layers(self, name: str, tree: Tree, environment: str) -> list[Layer]:
        """All layers of one flow's file, the last one on top."""
        shared = self._inherited(name, tree.get("extends"))
        own = Layer(name, tree)
        layers = [*shared.layers, own]
        return layers + environment_blocks(layers, environment)

    def _flow(self, name: str) -> Monitor | None:
        tree = self.tree(name)
        if "flow" in tree:
            self.claims.append(Claim(name, tree["flow"], tree.get("renamed_from")))
        if self.environment is not None:
            return self._built(name, tree, self.environment)
        inherited = self._inherited(name, tree.get("extends")).layers
        named = {one for layer in [*inherited, Layer(name, tree)] for one in layer.tree.get("environments", ())}
        made = [self._built(name, tree, environment) for environment in ("", *sorted(named))]
        return made[0]

    def _built(self, name: str, tree: Tree, environment: str) -> Monitor | None:
        shared = self._inherited(name, tree.get("extends"))
        layers = self.layers(name, tree, environment)
        whole = shared.base.under(tree)
        for block in layers[len(shared.layers) + 1 :]:
            whole = laid_over(whole, block.tree)
        before = len(self.desk.findings)
        report = self._report_over(layers)
        if tree.get("extends") not in (None, *self.folder.profiles):
            report(("extends",), "unknown-profile", value=tree["extends"], legal=sorted(self.folder.profiles))
        if tree.get("flow") == NONE:
            report(("flow",), "missing-key", key="flow")
        made = monitor({**self._base.tree, "alarms": {}, **whole}, name, self.workshop, report)
        if shared.limited:
            judge(layers, whole, self.folder.shown, report)
        sound = len(self.desk.findings) == before and name not in self.desk.faulty
        if sound and self.views is not None:
            self.views.append(View(name, environment, made, layers))
        return made if sound else None

    def _inherited(self, name: str, profile: str | None) -> Shared:
        key = (name.rpartition("/")[0], profile)
        if key not in self._shared:
            names = self.folder.parents(name)
            if profile in self.folder.profiles:
                names = [*names, self.folder.profiles[profile]]
            layers = [self._base, *(Layer(one, self._trees[one]) for one in names)]
            limited = any("locked" in layer.tree or "bounds" in layer.tree for layer in layers)
            self._shared[key] = Shared(layers, Base(merged(layers)), limited)
        return self._shared[key]

    def _report_in(self, name: str) -> Report:
        def send(path: Path, id_: str, at: str, values: dict[str, object]) -> None:
            self.desk.findings.append(Finding(name, path, id_, tuple(values.items()), at))

        return Report(send)

    def _report_over(self, layers: list[Layer]) -> Report:
        def send(path: Path, id_: str, at: str, values: dict[str, object]) -> None:
            if self._follows(id_, path, layers):
                return
            layer, found = origin(layers, path)
            if layer.file == BUILT_IN:
                layer, found = next(one for one in layers if "flow" in one.tree or one is layers[-1]), ("flow",)
            self.desk.findings.append(Finding(layer.file, (*layer.below, *found), id_, tuple(values.items()), at))

        return Report(send)

    def _follows(self, id_: str, path: Path, layers: list[Layer]) -> bool:
        """Whether a finding may merely follow from a part that was cut out as illegal; then it is kept quiet."""
        if id_ not in _CONSEQUENCES:
            return False
        routed = id_ in ("nobody", "unknown-team", "unknown-group")
        if routed and self.folder.contacts in self.desk.cuts:
            return True
        tops = _CONSEQUENCES[id_] or path[:2]
        cuts = [
            cut[2:] if cut[:1] == ("environments",) else cut
            for layer in layers
            for cut in self.desk.cuts.get(layer.file, ())
        ]
        return any(not cut or cut[:1] in tops or cut[:2] == tops or (id_ == "nobody" and len(cut) == 1) for cut in cuts)
