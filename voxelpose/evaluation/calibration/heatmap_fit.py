"""How a network's heatmaps err on people that it was not trained on: what its lifter has to be hardened against."""

import numpy as np

from voxelpose.data.augmentation.heatmap_errors import HeatmapErrors
from voxelpose.errors import InputError
from voxelpose.evaluation.people.people import People
from voxelpose.evaluation.predictions.predict import cut_crops
from voxelpose.inference.runtime.loading import LoadedNetwork
from voxelpose.networks.outputs import outputs_of
from voxelpose.skeleton import convert, get_skeleton


def fit_heatmap_errors(loaded: LoadedNetwork, people: People) -> HeatmapErrors:
    """The errors of the 2D heatmaps of a network, of whatever depth; one number per joint of its skeleton.

    Raises InputError for people without 2D joints that the network has.
    """
    preset = loaded.preset
    skeleton = get_skeleton(preset.input.skeleton)
    maps, joints, known = [], [], []
    row = 0
    for crops, places in cut_crops(people, preset.architecture.input_size, preset.input.crop_margin):
        arrays = loaded.network(crops.astype(np.float32) / 255)
        maps.append(outputs_of(arrays, len(skeleton)).volumes.heatmaps(arrays, preset.calibration.temperature))
        for place in places:
            example = people.examples[row]
            row += 1
            own, weights = convert(example.joints[:, :2], example.weights[:, 0], people.skeleton, skeleton)
            fractions = place.crop.to_fractions(np.nan_to_num(own))
            joints.append(fractions)
            known.append((weights > 0) & ((fractions >= 0) & (fractions <= 1)).all(-1))
    if not maps:
        raise InputError("Expected people to fit heatmap errors to. Received: none.")
    return HeatmapErrors.fitted(np.concatenate(maps), np.stack(joints), np.stack(known), skeleton.mirror)
