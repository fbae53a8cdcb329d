"""Nodes of the schema of a model file, written by hand."""

from _archives import find_object, forge, scalar


def node(loader, name, content, number=0, **more):
    """A node of the schema, of a type ``module.name``."""
    module, _, name = name.rpartition(".")
    return {
        "__class__": name,
        "__module__": module,
        "__loader__": loader,
        "__id__": number,
        "content": content,
        **more,
    }


def list_of(*nodes, loader="ListNode", name="builtins.list"):
    return node(loader, name, list(nodes))


def tuple_of(*nodes):
    return list_of(*nodes, loader="TupleNode", name="builtins.tuple")


def type_of(name):
    return node("TypeNode", name, None)


def dict_of(items, key="builtins.str"):
    keys = list_of(*[type_of(key)] * len(items))
    return node("DictNode", "builtins.dict", items, key_types=keys)


def array_of(rows, shape):
    sizes = tuple_of(*map(scalar, shape))
    return node("NdArrayNode", "numpy.ndarray", rows, type="json", shape=sizes)


def change(path, owner, **values):
    """Replace attributes of the first object of a class, or add them."""

    def edit(parts, schema, stamp):
        holder = find_object(schema, owner)["content"]
        for name, value in values.items():
            if name not in holder["content"]:
                holder["key_types"]["content"].append(type_of("builtins.str"))
            holder["content"][name] = value

    return forge(path, edit)


def array_node(number, file=None, name="numpy.ndarray"):
    file = f"{number}.npy" if file is None else file
    made = node("NdArrayNode", name, None, number, type="numpy", file=file)
    del made["content"]
    return made


def without_ids(node):
    if isinstance(node, dict):
        return {k: 0 if k == "__id__" else without_ids(v) for k, v in node.items()}
    return [without_ids(part) for part in node] if isinstance(node, list) else node
