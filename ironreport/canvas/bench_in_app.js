// How the workbench meets a page of the app.

const benches = new WeakMap();

export default function (component) {
  const { parentElement, data, setStateValue } = component;
  let bench = benches.get(parentElement);
  if (!bench) {
    const board = new Board(parentElement.querySelector(".bench"));
    bench = new Controls(board, (drawn) => bench.tell(drawn));
    benches.set(parentElement, bench);
  }
  bench.tell = (drawn) => setStateValue("drawn", drawn);
  bench.board.adopt(data);
  return () => {
    bench.board.close();
    benches.delete(parentElement);
  };
}
