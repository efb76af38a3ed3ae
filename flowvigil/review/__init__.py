"""What a pull request shows: lint, the difference of two plans, replay, cost. Knows no Pulumi and no emulator."""
