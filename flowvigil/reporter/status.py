"""How a run can end. Apart from the contract because the recording side must not pay for importing the rest of it."""

SUCCEEDED, FAILED, TIMED_OUT, CANCELLED = "succeeded", "failed", "timed_out", "cancelled"
STATUSES = (SUCCEEDED, FAILED, TIMED_OUT, CANCELLED)
