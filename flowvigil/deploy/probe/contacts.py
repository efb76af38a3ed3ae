"""What becomes of contacts and contact groups: confirmation, members that are not there, what is left out."""

from __future__ import annotations

from collections.abc import Iterator

from .bench import Bench
from .cleaning import contact, contact_group
from .inquiry import Fact, inquiry

MAIL = "flowvigil-probe@example.com"
"""Of a domain that delivers nothing (RFC 2606), so the service's letter disturbs nobody."""


@inquiry("contacts", "contact_activation", asks="does mail of a contact stay hidden until it is confirmed", calls=8)
def activation(bench: Bench) -> Iterator[Fact]:
    name = f"{bench.prefix}-mail"
    bench.made.append(contact(name))
    answer = bench.ask("PutContact", ContactName=name, Describe="probe", Channels={"Mail": MAIL})
    found = bench.soon(lambda: [one for one in bench.cloud.contacts() if one["Name"] == name])
    if not answer.taken or not found:
        yield Fact("contact_activation", None, f"PutContact was {answer}, and the contact cannot be read back")
        return
    shown, state = found[0]["Channels"].get("Mail"), found[0]["ChannelsState"].get("Mail")
    seen = f"after PutContact its mail is {'shown' if shown else 'hidden'} and {state or 'without state'}"
    yield Fact("contact_activation", "off" if shown and state == "OK" else "on", seen)


@inquiry("contacts", "contact_exists", asks="must the members of a contact group exist", calls=1)
def members(bench: Bench) -> Iterator[Fact]:
    name = f"{bench.prefix}-empty"
    bench.made.append(contact_group(name))
    names = [f"{bench.prefix}-nobody"]
    answer = bench.ask("PutContactGroup", ContactGroupName=name, Describe="probe", ContactNames=names)
    yield Fact("contact_exists", "off" if answer.taken else "on", f"a group of nobody known was {answer}")


@inquiry("contacts", "put_omitted", asks="does a second PutContactGroup keep the members that it leaves out", calls=11)
def omitted(bench: Bench) -> Iterator[Fact]:
    member, name = bench.contact_group(), f"{bench.prefix}-twice"
    bench.made.append(contact_group(name))
    bench.must("PutContactGroup", ContactGroupName=name, Describe="first", ContactNames=[member])
    bench.must("PutContactGroup", ContactGroupName=name, Describe="second")
    found = bench.soon(
        lambda: [one for one in bench.cloud.contact_groups() if (one["Name"], one.get("Describe")) == (name, "second")]
    )
    left = found[0]["Contacts"]["Contact"] if found else None
    seen = f"after a second PutContactGroup without ContactNames the group has {', '.join(left or []) or 'nobody'}"
    yield Fact("put_omitted", None if left is None else "keep" if left else "reset", seen)
