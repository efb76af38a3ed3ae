"""Receives OpenTelemetry traces over HTTP and reports the runs of flows in them: no code in the measured service.

Built on the reporter and on what the integrations know about spans; knows nothing of specs, plans or clouds.
"""
