"""Clusters of issues that went wrong alike: near neighbours first, then average linkage.

Two issues are joined only where they share something beyond their type (a frame, a word of the
message, code), and a cluster holds together on average, so that no chain of small steps makes a
class. Equal outlines are one point; neighbours of many are looked up in a reduced space (truncated
SVD, seeded), likeness is always the exact cosine. Only this module loads scikit-learn, and only
the step that refits loads this module.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import connected_components
from sklearn.cluster import AgglomerativeClustering
from sklearn.decomposition import TruncatedSVD
from sklearn.neighbors import NearestNeighbors

from correlator.classes.outline import says_beyond_type
from correlator.classes.profiles import LIKE
from correlator.classes.weighing import Vector

NEIGHBOURS = 12
DIMENSIONS = 64
SEED = 2026
# Average linkage needs every pair: a larger heap of neighbours is cut at a higher likeness first.
MOST_AT_ONCE = 2_000
STRICTER = 0.08
EDGES_AT_ONCE = 50_000
Ids = NDArray[np.int64]
Space = tuple[sparse.csr_matrix, sparse.csr_matrix]


def clusters_of(vectors: Sequence[Vector]) -> list[list[int]]:
    """Clusters as positions in ``vectors``, each ascending; what is in none is not mentioned.

    Deterministic: the same vectors in the same order give the same clusters.
    """
    points, places = _points(vectors)
    if not points:
        return []
    space = _space(points)
    found: list[Ids] = []
    for heap in _heaps(space, _links(space), np.arange(len(points)), LIKE):
        found += _by_average(space, heap)
    return sorted(
        sorted(at for point in cluster for at in places[point]) for cluster in _joined(space, found)
    )


def _points(vectors: Sequence[Vector]) -> tuple[list[Vector], list[list[int]]]:
    """The different vectors, and where each occurs; one without tokens is like nothing."""
    places: dict[tuple[tuple[str, float], ...], list[int]] = {}
    for at, vector in enumerate(vectors):
        if vector:
            places.setdefault(tuple(sorted(vector.items())), []).append(at)
    return [dict(key) for key in places], list(places.values())


def _space(points: Sequence[Vector]) -> Space:
    """The points as rows, and the same with only the tokens that say more than a type."""
    columns = {token: at for at, token in enumerate(sorted({t for one in points for t in one}))}
    starts = np.cumsum([0, *(len(one) for one in points)])
    where = np.array([columns[token] for one in points for token in one], dtype=np.int32)
    weights = np.array([weight for one in points for weight in one.values()], dtype=np.float32)
    matrix = sparse.csr_matrix((weights, where, starts), shape=(len(points), len(columns)))
    beyond = np.array([says_beyond_type(token) > 0 for token in columns], dtype=np.float32)
    return matrix, (matrix @ sparse.diags(beyond)).tocsr()


def _likeness(space: Space, heap: Ids) -> NDArray[np.float32]:
    """Cosines of every pair; 0 for two that share no more than a type."""
    matrix, beyond = (part[heap] for part in space)
    alike: NDArray[np.float32] = (matrix @ matrix.T).toarray()
    alike[(beyond @ beyond.T).toarray() <= 0.0] = 0.0
    return alike


def _links(space: Space) -> sparse.csr_matrix:
    """Pairs of near neighbours that are alike enough, with their cosine."""
    count = space[0].shape[0]
    if count <= MOST_AT_ONCE:
        alike = _likeness(space, np.arange(count))
        alike[alike < LIKE] = 0.0
        return sparse.csr_matrix(alike)
    rows, columns = _neighbours(space[0])
    cosines = np.concatenate(list(_cosines(space, rows, columns)))
    kept = cosines >= LIKE
    found = sparse.csr_matrix(
        (cosines[kept], (rows[kept], columns[kept])), shape=(count, count), dtype=np.float32
    )
    return found.maximum(found.T)


def _neighbours(matrix: sparse.csr_matrix) -> tuple[Ids, Ids]:
    """Candidates: the nearest of each point in fewer dimensions."""
    dimensions = min(DIMENSIONS, min(matrix.shape) - 1)
    reduced = TruncatedSVD(dimensions, n_iter=4, random_state=SEED).fit_transform(matrix)
    lengths = np.linalg.norm(reduced, axis=1, keepdims=True)
    reduced = (reduced / np.where(lengths > 0, lengths, 1.0)).astype(np.float32)
    search = NearestNeighbors(n_neighbors=NEIGHBOURS + 1, algorithm="brute").fit(reduced)
    near = search.kneighbors(return_distance=False, n_neighbors=NEIGHBOURS)
    return np.repeat(np.arange(len(near)), NEIGHBOURS), near.ravel()


def _cosines(space: Space, rows: Ids, columns: Ids) -> Iterator[NDArray[np.float32]]:
    for at in range(0, len(rows), EDGES_AT_ONCE):
        one, other = rows[at : at + EDGES_AT_ONCE], columns[at : at + EDGES_AT_ONCE]
        matrix, beyond = (
            np.asarray(part[one].multiply(part[other]).sum(axis=1)).ravel() for part in space
        )
        yield np.where(beyond > 0.0, matrix, 0.0).astype(np.float32)


def _heaps(space: Space, links: sparse.csr_matrix, points: Ids, bar: float) -> Iterator[Ids]:
    """Points that hang together by links of at least ``bar``, few enough to compare all pairs."""
    links = links.multiply(links >= bar).tocsr()
    number, labels = connected_components(links, directed=False)
    order = np.argsort(labels, kind="stable")
    for heap in np.split(order, np.cumsum(np.bincount(labels, minlength=number))[:-1]):
        if len(heap) <= MOST_AT_ONCE:
            yield points[heap]
        elif bar + STRICTER < 1.0:
            yield from _heaps(space, links[heap][:, heap], points[heap], bar + STRICTER)
        else:
            yield from (
                points[heap[at : at + MOST_AT_ONCE]] for at in range(0, len(heap), MOST_AT_ONCE)
            )


def _by_average(space: Space, heap: Ids) -> list[Ids]:
    if len(heap) == 1:
        return [heap]
    labels = _cut(1.0 - _likeness(space, heap))
    return [heap[labels == label] for label in range(int(labels.max()) + 1)]


def _cut(distances: NDArray[np.float32]) -> Ids:
    """Average linkage, stopped where clusters are no longer alike on average."""
    np.fill_diagonal(distances, 0.0)
    linkage = AgglomerativeClustering(
        n_clusters=None,
        metric="precomputed",
        linkage="average",
        distance_threshold=1.0 - LIKE,
    )
    labels: Ids = linkage.fit_predict(np.clip(distances, 0.0, None))
    return labels


def _joined(space: Space, clusters: list[Ids]) -> list[Ids]:
    """Clusters that neighbours kept apart, joined by the same rule; lone points stay alone."""
    several = sorted((one for one in clusters if len(one) > 1), key=len, reverse=True)
    several, rest = several[:MOST_AT_ONCE], several[MOST_AT_ONCE:]
    if len(several) < 2:
        return clusters
    rows = np.repeat(np.arange(len(several)), [len(one) for one in several])
    share = np.repeat([1.0 / len(one) for one in several], [len(one) for one in several])
    members = np.concatenate(several)
    means = sparse.csr_matrix(
        (share, (rows, members)), shape=(len(several), space[0].shape[0]), dtype=np.float32
    )
    own = (means @ space[0], means @ space[1])
    labels = _cut(1.0 - _likeness(own, np.arange(len(several))))
    joined: dict[int, list[Ids]] = {}
    for label, one in zip(labels.tolist(), several, strict=True):
        joined.setdefault(label, []).append(one)
    lone = [one for one in clusters if len(one) == 1]
    return [np.concatenate(parts) for parts in joined.values()] + rest + lone
