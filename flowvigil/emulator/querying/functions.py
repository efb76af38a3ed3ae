"""The SQL that is understood: syntax, functions, and what of them DuckDB has to be taught.

Names are those of the help pages on SQL functions. Whatever is not listed is refused by name.
"""

from __future__ import annotations

from sqlglot import exp

ZONE_S = 8 * 3600
"""Times are shown in China's zone, which is the service's default."""

EXPANDED = (
    "list_concat("
    "coalesce(list(x) FILTER (WHERE w = 1 AND x IS NOT NULL), []), "
    "coalesce(flatten(list(list_resize([x], CAST(w AS BIGINT), x)) FILTER (WHERE w > 1 AND x IS NOT NULL)), [])"
    ")"
)
MACROS = (
    f"CREATE MACRO sls_from_unixtime(x) AS make_timestamp(CAST(round((x + {ZONE_S}) * 1000000) AS BIGINT))",
    f"CREATE MACRO sls_to_unixtime(t) AS epoch(CAST(t AS TIMESTAMP)) - {ZONE_S}",
    "CREATE MACRO sls_percentile(x, p) AS quantile_disc(x, p)",
    f"CREATE MACRO sls_weighted_percentiles(x, w, shares) AS list_aggregate({EXPANDED}, 'quantile_disc', shares)",
)
"""A percentile is the exact one by nearest rank; a weight stands for that many equal values.

Several percentiles of one column are taken from one list of its values, since making that list is most of the work.
"""

SYNTAX = (
    exp.Select, exp.From, exp.Table, exp.TableAlias, exp.Column, exp.Identifier, exp.Star, exp.Alias, exp.Literal,
    exp.Boolean, exp.Null, exp.Paren, exp.Where, exp.Group, exp.Having, exp.Order, exp.Ordered, exp.Limit, exp.Offset,
    exp.Distinct, exp.Join, exp.Subquery, exp.With, exp.CTE, exp.SetOperation, exp.Values, exp.Tuple, exp.Case, exp.In,
    exp.Between, exp.Like, exp.Not, exp.And, exp.Or, exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Is,
    exp.Exists, exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod, exp.Neg, exp.DPipe, exp.DataType, exp.DataTypeParam,
    exp.Window, exp.WindowSpec, exp.Filter, exp.Interval, exp.Var, exp.Array, exp.Escape,
    exp.IntervalSpan, exp.Bracket, exp.JSONPath, exp.JSONPathRoot, exp.JSONPathKey, exp.JSONPathSubscript,
)  # fmt: skip
"""What a query may be built of, beside functions."""

FUNCTIONS = (
    exp.Count, exp.CountIf, exp.Sum, exp.Avg, exp.Min, exp.Max, exp.AnyValue, exp.ArgMax, exp.ArgMin,
    exp.ApproxDistinct, exp.ApproxQuantile, exp.Stddev, exp.StddevPop, exp.StddevSamp, exp.Variance,
    exp.VariancePop, exp.LogicalAnd, exp.LogicalOr, exp.ArrayAgg, exp.RowNumber, exp.Rank, exp.DenseRank,
    exp.PercentRank, exp.CumeDist, exp.Ntile, exp.Lag, exp.Lead, exp.FirstValue, exp.LastValue, exp.NthValue,
    exp.Coalesce, exp.Nullif, exp.If, exp.Cast, exp.TryCast, exp.Try, exp.Abs, exp.Round, exp.Floor, exp.Ceil,
    exp.Sqrt, exp.Cbrt, exp.Pow, exp.Ln, exp.Log, exp.Exp, exp.Sign, exp.Greatest, exp.Least, exp.Lower, exp.Upper,
    exp.Length, exp.Substring, exp.Trim, exp.Concat, exp.Replace, exp.Split, exp.StrPosition, exp.Reverse,
    exp.RegexpLike, exp.RegexpExtract, exp.RegexpReplace, exp.JSONExtractScalar, exp.CurrentTimestamp,
    exp.CurrentDate, exp.UnixToTime, exp.TimeToUnix, exp.TimeToStr, exp.StrToTime, exp.TimestampTrunc,
    exp.DateTrunc, exp.DateDiff, exp.DateAdd, exp.Year, exp.Month, exp.Day, exp.Hour, exp.Minute, exp.Second,
    exp.DayOfWeek, exp.DayOfYear, exp.Week, exp.Quarter,
)  # fmt: skip
