"""XSD sets: compiled for judging (one per thread), and read into the model that paths and fault texts use."""

import json
import threading
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from lxml import etree

from gateway.config import model_cache
from gateway.config.schema_set import XS, SchemaError, SchemaSet
from gateway.core.schema import Element

JOINED = "gateway-joined:"  # what the driver imports where several entry files have one namespace


class CompiledSchema:
    """Gives each thread its own compiled schema: a shared one mixes the faults of different messages."""

    def __init__(self, files: SchemaSet) -> None:
        """Compile once, so that a faulty set stops the start."""
        self._files = files
        self._local = threading.local()
        self()

    def __call__(self) -> etree.XMLSchema:
        """The calling thread's schema."""
        schema: etree.XMLSchema | None = getattr(self._local, "schema", None)
        if schema is None:
            schema = self._local.schema = self._compile()
        return schema

    def _compile(self) -> etree.XMLSchema:
        parser = etree.XMLParser(no_network=True, load_dtd=False, resolve_entities=False)
        parser.resolvers.add(_OnlyTheSet(self._files))
        try:
            return etree.XMLSchema(etree.fromstring(_driver(self._files), parser))
        except (OSError, etree.XMLSyntaxError, etree.XMLSchemaParseError) as error:
            raise SchemaError(str(error)) from None


class _OnlyTheSet(etree.Resolver):
    """Opens the files of the set, and nothing else."""

    def __init__(self, files: SchemaSet) -> None:
        self._files = files

    def resolve(self, url: str | None, public_id: str | None, context: Any) -> Any:  # noqa: ANN401, ARG002 - lxml's own
        """The document; SchemaError for whatever is outside the set."""
        where = url or ""
        if where.startswith(JOINED):
            return self.resolve_string(_including(self._files, int(where.removeprefix(JOINED))), context)
        path = Path(unquote(urlsplit(where).path))
        if not self._files.holds(path):
            raise SchemaError(f"{path} does not belong to the set")
        return self.resolve_filename(str(path), context)


def _driver(files: SchemaSet) -> bytes:
    """A schema that imports every entry file, so that a strict xs:any of one finds the elements of another."""
    first = {namespace: number for number, namespace in reversed(list(enumerate(files.namespaces)))}
    root = etree.Element(f"{{{XS}}}schema", nsmap={"xs": XS})
    for namespace, number in sorted(first.items(), key=lambda row: row[1]):
        several = files.namespaces.count(namespace) > 1
        where = f"{JOINED}{number}" if several else files.entries[number].as_uri()
        attributes = {"namespace": namespace} if namespace else {}
        etree.SubElement(root, f"{{{XS}}}import" if namespace else f"{{{XS}}}include", attributes, schemaLocation=where)
    return etree.tostring(root)


def _including(files: SchemaSet, number: int) -> bytes:
    """A schema of the entry's namespace that includes every entry file of it."""
    namespace = files.namespaces[number]
    root = etree.Element(f"{{{XS}}}schema", nsmap={"xs": XS})
    if namespace:
        root.set("targetNamespace", namespace)
    for path, own in zip(files.entries, files.namespaces, strict=True):
        if own == namespace:
            etree.SubElement(root, f"{{{XS}}}include", schemaLocation=path.as_uri())
    return etree.tostring(root)


def model(files: SchemaSet, root: str, cache: Path | None) -> Element:
    """The declaration of the root element; read from the cache when no file of the set changed.

    Reading a set takes a tenth of a second and more; a restart must not.
    """
    stored = cache / f"{_fingerprint(files, root)}.json" if cache else None
    if stored is not None and stored.exists():
        return model_cache.decode(json.loads(stored.read_text()))
    found = _read(files, root)
    if stored is not None:
        stored.parent.mkdir(parents=True, exist_ok=True)
        temporary = stored.with_suffix(f".{threading.get_ident()}")
        temporary.write_text(json.dumps(model_cache.encode(found)))
        temporary.rename(stored)
    return found


def _fingerprint(files: SchemaSet, root: str) -> str:
    """Another libxml2 may misjudge other patterns."""
    return sha256(f"{model_cache.FORMAT} {etree.LIBXML_VERSION} {root} ".encode() + files.digest).hexdigest()


def _read(files: SchemaSet, root: str) -> Element:
    import xmlschema  # noqa: PLC0415 - half a second, only when the cache does not know the set

    from gateway.config.reading import Reader  # noqa: PLC0415 - as above

    schema_class = xmlschema.XMLSchema11 if files.later else xmlschema.XMLSchema10
    try:
        reader = Reader(_built(schema_class, files).maps)
        found = reader.read(root)
    except (xmlschema.XMLSchemaException, OSError, ValueError) as error:
        raise SchemaError(str(error).splitlines()[0]) from None
    if found is None:
        raise SchemaError(f"no global element {root}; there are: {', '.join(sorted(reader.roots)) or 'none'}")
    return found


def _built(schema_class: Any, files: SchemaSet) -> Any:  # noqa: ANN401 - xmlschema's classes
    """The set built strictly, its files not checked against the schema of schemas: libxml2 did that, eight times quicker."""
    schema = schema_class(
        [str(path) for path in files.entries], allow="local", defuse="always", validation="skip", build=False
    )
    for found in schema.maps.iter_schemas():
        found.validation = "strict"
    schema.maps.build()
    return schema
