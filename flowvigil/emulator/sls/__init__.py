"""Log Service: projects, stores, indexes, dashboards, alerts, records, log lines."""
