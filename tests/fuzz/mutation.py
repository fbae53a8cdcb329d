"""Mutations of files."""


def mutated(data, rng):
    """Change some bytes: overwrite, flip, cut, insert or repeat; the head more often."""
    data = bytearray(data)
    for _ in range(rng.integers(1, 6)):
        if not data:
            break
        end = min(len(data), 64) if rng.random() < 0.5 else len(data)
        place = int(rng.integers(end))
        size = int(rng.integers(1, 9))
        kind = rng.integers(6)
        if kind == 0:
            data[place : place + size] = rng.bytes(size)
        elif kind == 1:
            data[place] ^= 1 << int(rng.integers(8))
        elif kind == 2:
            del data[place:]
        elif kind == 3:
            del data[place : place + size]
        elif kind == 4:
            data[place:place] = rng.bytes(size)
        else:
            data[place : place + size] = bytes([rng.choice([0, 255, 127, 128])]) * size
    return bytes(data)
