"""The tags of bound PDF documents, which screen readers follow. Part of `pdf`; knows no document."""

from typing import Any

from pypdf import PdfReader, PdfWriter
from pypdf.generic import (
    ArrayObject,
    BooleanObject,
    ByteStringObject,
    DictionaryObject,
    NameObject,
    NumberObject,
    TextStringObject,
)


class Tags:
    """The structure trees of the parts, brought under one root (ISO 32000-1, 14.7): what a screen reader follows."""

    def __init__(self, writer: PdfWriter) -> None:
        self.writer = writer
        self.elements = ArrayObject()
        self.parents: list[tuple[int, Any]] = []
        self.roles = DictionaryObject()
        self.names: list[tuple[bytes, Any]] = []
        self.parts = 0

    def take(self, reader: PdfReader, first: int) -> None:
        """Copies the tree of a part whose pages begin at `first`; a part without tags adds none."""
        found = reader.root_object.get("/StructTreeRoot")
        if found is None:
            return
        tree = found.get_object()
        self.parts += 1
        shift = self.parents[-1][0] + 1 if self.parents else 0
        kids = tree.get("/K")
        kids = kids.get_object() if kids is not None else ArrayObject()
        for kid in kids if isinstance(kids, ArrayObject) else ArrayObject([tree.raw_get("/K")]):
            element = kid.clone(self.writer)
            self._rename(element)
            self.elements.append(element)
        for key, value in _numbers(tree["/ParentTree"].get_object()) if "/ParentTree" in tree else []:
            self.parents.append((key + shift, value.clone(self.writer)))
        for role, stands_for in tree.get("/RoleMap", DictionaryObject()).get_object().items():
            self.roles[NameObject(role)] = NameObject(stands_for)
        for place, page in enumerate(reader.pages):
            if "/StructParents" in page:
                key = NumberObject(int(page["/StructParents"]) + shift)
                self.writer.pages[first + place][NameObject("/StructParents")] = key
                self.writer.pages[first + place][NameObject("/Tabs")] = NameObject("/S")

    def _rename(self, element: Any) -> None:
        """Names of elements (header cells, and the cells under them) are unique within a part only."""
        waiting = [element]
        while waiting:
            here = waiting.pop()
            found = here.get_object()
            if not isinstance(found, DictionaryObject) or found.get("/Type") in {"/MCR", "/OBJR"}:
                continue
            if "/ID" in found:
                found[NameObject("/ID")] = self._name(found["/ID"])
                self.names.append((bytes(found["/ID"]), here))
            attributes = found["/A"] if "/A" in found else ArrayObject()
            for one in attributes if isinstance(attributes, ArrayObject) else [attributes]:
                held = one.get_object()
                if isinstance(held, DictionaryObject) and "/Headers" in held:
                    held[NameObject("/Headers")] = ArrayObject(self._name(name) for name in held["/Headers"])
            kids = found["/K"] if "/K" in found else ArrayObject()
            waiting += kids if isinstance(kids, ArrayObject) else [kids]

    def _name(self, name: Any) -> ByteStringObject:
        raw = name.original_bytes if isinstance(name, TextStringObject) else bytes(name)
        return ByteStringObject(b"%d-" % self.parts + raw)

    def close(self) -> None:
        """Writes the root over all parts, if any had tags."""
        if not self.elements:
            return
        numbers = ArrayObject()
        for key, value in self.parents:
            numbers += [NumberObject(key), value]
        names = ArrayObject()
        for name, element in sorted(self.names, key=lambda pair: pair[0]):
            names += [ByteStringObject(name), element]
        tree = DictionaryObject(
            {
                NameObject("/Type"): NameObject("/StructTreeRoot"),
                NameObject("/K"): self.elements,
                NameObject("/RoleMap"): self.roles,
                NameObject("/IDTree"): DictionaryObject({NameObject("/Names"): names}),
                NameObject("/ParentTree"): DictionaryObject({NameObject("/Nums"): numbers}),
                NameObject("/ParentTreeNextKey"): NumberObject(self.parents[-1][0] + 1 if self.parents else 0),
            }
        )
        root = self.writer._add_object(tree)
        for element in self.elements:
            element.get_object()[NameObject("/P")] = root
        self.writer.root_object[NameObject("/StructTreeRoot")] = root
        self.writer.root_object[NameObject("/MarkInfo")] = DictionaryObject(
            {NameObject("/Marked"): BooleanObject(True)}
        )


def _numbers(tree: Any) -> list[tuple[int, Any]]:
    """The entries of a number tree (ISO 32000-1, 7.9.7), whose values stay references, in order."""
    found = []
    for kid in tree.get("/Kids", []):
        found += _numbers(kid.get_object())
    nums = tree.get("/Nums", ArrayObject()).get_object()
    found += [(int(nums[place]), nums[place + 1]) for place in range(0, len(nums), 2)]
    return sorted(found, key=lambda pair: pair[0])
