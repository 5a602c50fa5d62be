// How the pixels come to a page of the app: as the constant data of an element of their own.

export default function (component) {
  const owner = component.parentElement;
  const name = unpack(component.data, owner);
  return async () => {
    const part = await name;
    if (PIXELS.parts.get(part)?.owner === owner) PIXELS.parts.delete(part);
  };
}
