"""RAM 2015-05-01: policies, roles and their attachments."""
