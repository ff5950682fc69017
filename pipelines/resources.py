"""What assets and sensors work with: the product's own services, acting as the worker role."""

import dagster as dg

from peak_app.wiring import Services, services

PEAK = "peak"
Peak = dg.ResourceParam[Services]


@dg.resource(description="The product's services, as the worker role.")
def peak_services(_context: dg.InitResourceContext) -> Services:
    return services("worker")
