"""Judges Log Service alerts and routes what they find. Knows no request; asks queries through `querying`."""
