"""From spec to cloud resources. Read in this order: spec, monitor, plan, resources."""
