"""From images to the numbers of a region or of every pixel: where reading meets fitting, and no screen is known."""

from ironreport.measure.beside import faster_beside
from ironreport.measure.edges import Edge, find_edge
from ironreport.measure.iron_maps import IronMap, PixelSpread, iron_map, r2star_map, spread_in
from ironreport.measure.map_noise import MapNoise, background_noise, best_noise, corner_noise, residual_noise
from ironreport.measure.region_signals import join_regions, measure, measure_together, pooled_pixels, read_alone
from ironreport.measure.vessels import Exclusion, exclusion

__all__ = [
    "Edge",
    "Exclusion",
    "IronMap",
    "MapNoise",
    "PixelSpread",
    "background_noise",
    "best_noise",
    "corner_noise",
    "exclusion",
    "faster_beside",
    "find_edge",
    "iron_map",
    "join_regions",
    "measure",
    "measure_together",
    "pooled_pixels",
    "r2star_map",
    "read_alone",
    "residual_noise",
    "spread_in",
]
