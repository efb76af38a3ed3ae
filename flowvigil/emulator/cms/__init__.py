"""CloudMonitor 2019-01-01: contacts, groups, rules, templates, custom metrics."""
