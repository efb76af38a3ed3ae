"""Where access keys come from, in the vendor's documented order. Asked in sending threads only; never printed."""
