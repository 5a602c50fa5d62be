"""The pictures of docs/fitting.md and docs/accuracy.md: ``python pictures.py BUILD FOLDER``, in the peers' environment.

BUILD holds what ``explain.py`` and ``accuracy.py`` saved. Colours are those of Okabe and Ito, told apart by most eyes.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import matplotlib as mpl
import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

Held = dict[str, npt.NDArray[np.float64]]

BLUE, ORANGE, GREEN, RED, PURPLE, SKY, GREY = (
    "#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9", "#666666",
)  # fmt: skip
STYLE = {
    "font.size": 10,
    "axes.titlesize": 11,
    "legend.fontsize": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#E4E4E4",
    "legend.frameon": False,
    "savefig.facecolor": "white",
    "figure.dpi": 110,
}


def panels(n: int, height: float = 3.9) -> tuple[Figure, list[Axes]]:
    """A figure with panels beside each other."""
    figure = Figure(figsize=(9.0, height), layout="constrained")
    return figure, list(np.atleast_1d(figure.subplots(1, n)))


def floor(held: Held) -> Figure:
    """Pixels, their mean and the true decay, on a plain and on a logarithmic scale."""
    figure, axes = panels(2)
    te_ms, pixels = held["te_ms"], held["floor/pixels"]
    for axis in axes:
        jitter = np.linspace(-0.25, 0.25, len(pixels))[:, None]
        axis.plot((te_ms + jitter).ravel(), pixels.ravel(), ".", ms=1.5, color="#BBBBBB", label="200 pixels")
        axis.plot(te_ms, held["floor/clean"], "-", color=BLUE, lw=2, label="true decay, T2* 2 ms")
        axis.plot(te_ms, held["floor/expected"], "--", color=RED, lw=2, label="mean that the Rician law expects")
        axis.plot(te_ms, pixels.mean(axis=0), "o", ms=5, color=RED, mfc="white", label="mean of the pixels")
        axis.set(xlabel="TE (ms)", xlim=(0.0, None))
    axes[0].set(ylabel="signal", ylim=(0.0, None), title="What the scanner shows")
    axes[1].set(yscale="log", ylim=(0.4, 1500.0), title="The same, logarithmic")
    axes[0].legend(loc="upper right", markerscale=1.0)
    axes[1].annotate(
        "noise floor", (12.0, 75.0), (10.2, 400.0), arrowprops={"arrowstyle": "->", "color": RED}, color=RED
    )
    return figure


BENT_STYLES = {
    "log-linear": (GREY, ":"),
    "one exponential": (ORANGE, "-"),
    "exponential + constant": (PURPLE, "-."),
    "cut until R² > 0.995": (SKY, "--"),
    "floor in quadrature": (GREEN, (0, (6, 1, 1, 1, 1, 1))),
    "Rician mean": (BLUE, "-"),
}


def bent(held: Held) -> Figure:
    """Error of T2* of each way of reading one and the same mean curve."""
    figure, (axis,) = panels(1, 4.4)
    for name, (colour, line) in BENT_STYLES.items():
        axis.plot(held["bent/truths_ms"], held[f"bent/{name}"], color=colour, ls=line, lw=2, label=name)
    axis.set(xscale="log", xlabel="true T2* (ms)", ylabel="error of T2* (%)", title="Mean curves at SNR 20")
    _error_scale(axis)
    axis.legend(loc="upper right")
    return figure


def _error_scale(axis: Axes) -> None:
    axis.set_yscale("symlog", linthresh=10.0, linscale=1.0)
    axis.set_yticks([-30, -10, 0, 10, 30, 100, 300, 1000])
    axis.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:+.0f}" if value else "0"))
    axis.set_xticks([0.5, 1, 2, 5, 10, 20, 30], [0.5, 1, 2, 5, 10, 20, 30])
    axis.minorticks_off()
    axis.axhline(0.0, color="black", lw=0.8)


def bootstrap(held: Held) -> Figure:
    """Intervals of many regions, by covariance and by resampled pixels."""
    figure, axes = panels(2, 4.6)
    truth = 1000.0 / 3.0
    names = [key.removeprefix("intervals/") for key in held if key.startswith("intervals/")]
    for axis, first, title in zip(
        axes, (0, 2), ("Covariance of one exponential", "Bootstrap over the pixels"), strict=True
    ):
        place = 0
        for name in names:
            rows = held[f"intervals/{name}"][:, first : first + 2]
            holds = (rows[:, 0] <= truth) & (truth <= rows[:, 1])
            axis.text(
                495, place + 0.2, f"{name}\n{holds.sum()} of {len(rows)} hold", fontsize=9, va="bottom", ha="right"
            )
            for (low, high), held_here in zip(rows, holds, strict=True):
                axis.plot(
                    [low, high], [place, place], "-" if held_here else "--", color=BLUE if held_here else RED, lw=1.6
                )
                place += 1
            place += 4
        axis.axvline(truth, color="black", lw=1.0)
        axis.set(title=title, xlabel="95 % interval of R2* (s⁻¹)", yticks=[], xlim=(100.0, 500.0))
        axis.grid(visible=False)
    return figure


def limit(held: Held) -> Figure:
    """Misfit over R2* for a pixel that can be measured and one that cannot; the limit over the first echo."""
    figure, axes = panels(2)
    for t2star_ms, colour, line in (("2", BLUE, "-"), ("0.6", RED, "--")):
        label = f"T2* {t2star_ms} ms, R2* {1000.0 / float(t2star_ms):.0f} s⁻¹"
        axes[0].plot(held["rates_per_s"], held[f"misfit/{t2star_ms}"], color=colour, ls=line, lw=2, label=label)
    axes[0].axhline(3.84, color="black", lw=0.8)
    axes[0].text(18000.0, 4.1, "below: in the 95 % interval", fontsize=9, ha="right")
    axes[0].set(xscale="log", ylim=(0.0, 14.0), xlabel="R2* tried (s⁻¹)", title="One pixel at SNR 30")
    axes[0].set(ylabel="misfit, −2 log likelihood")
    axes[0].set_xticks([100, 300, 1000, 3000, 10000], ["100", "300", "1000", "3000", "10000"])
    axes[0].minorticks_off()
    axes[0].legend(loc="upper right")
    for snr, colour, line in (("100", GREEN, "-."), ("50", BLUE, "-"), ("20", ORANGE, "--")):
        axes[1].plot(held["limit/te_ms"], held[f"limit/{snr}"], color=colour, ls=line, lw=2, label=f"SNR {snr}")
    axes[1].set(xlabel="first echo (ms)", ylabel="largest R2* (s⁻¹)", ylim=(0.0, None), title="Region of 100 pixels")
    axes[1].legend(loc="upper right")
    return figure


def spoilt(held: Held) -> Figure:
    """Decays with one thing wrong each, and how far they are from a clean one."""
    figure, axes = panels(2)
    te_ms, clean = held["te_ms"], held["spoilt/clean"]
    looks = {
        "clean": (BLUE, "-", ""),
        "20 % fat": (ORANGE, "--", "s"),
        "echo 4 low": (RED, ":", "v"),
        "10 % vessel": (GREEN, "-.", "^"),
    }
    for name, (colour, line, marker) in looks.items():
        curve = held[f"spoilt/{name}"]
        axes[0].plot(te_ms, curve, ls=line, marker=marker, ms=5, color=colour, lw=2, label=name)
        axes[1].plot(te_ms, 100.0 * (curve / clean - 1.0), ls=line, marker=marker, ms=5, color=colour, lw=2)
    axes[0].set(yscale="log", xlabel="TE (ms)", ylabel="signal", title="T2* 4 ms, no noise")
    axes[1].set(
        xlabel="TE (ms)",
        ylabel="difference from the clean decay (%)",
        ylim=(-50.0, 120.0),
        title="Each leaves its own trace",
    )
    axes[0].set_yticks([20, 50, 100, 200, 500], [20, 50, 100, 200, 500])
    axes[0].minorticks_off()
    axes[0].legend(loc="lower left")
    return figure


def coils(held: Held) -> Figure:
    """The floor of eight coils, read as one coil and as eight, and R2* by each number."""
    figure, axes = panels(2)
    te_ms, truth = held["coils/te_ms"], 1000.0 / 0.8
    axes[0].plot(te_ms, held["coils/pixels"].T, ".", ms=2, color="#BBBBBB")
    axes[0].plot(te_ms, held["coils/clean"], "-", color=BLUE, lw=2, label="true decay, T2* 0.8 ms")
    axes[0].plot(te_ms, held["coils/fit 8"], "--", color=GREEN, lw=2, label="read as of 8 coils")
    axes[0].plot(te_ms, held["coils/fit 1"], ":", color=RED, lw=2, label="read as of 1 coil")
    axes[0].set(yscale="log", ylim=(20.0, 600.0), xlabel="TE (ms)", ylabel="signal", title="60 pixels of 8 coils")
    axes[0].set_yticks([20, 50, 100, 200, 500], [20, 50, 100, 200, 500])
    axes[0].minorticks_off()
    axes[0].legend(loc="upper right")
    places = [*range(len(held["coils/numbers"])), len(held["coils/numbers"])]
    rows = np.vstack([held["coils/readings"], held["coils/automatic"]])
    for place, (value, low, high) in zip(places, rows, strict=True):
        colour = BLUE if place == places[-1] else RED if not low <= truth <= high else GREEN
        axes[1].plot([place, place], [low, min(high, 4000.0)], "-", color=colour, lw=3)
        axes[1].plot(place, value, "o", ms=6, color=colour, mfc="white")
    axes[1].axhline(truth, color="black", lw=0.8)
    axes[1].text(0.0, truth * 1.15, "truth", fontsize=9, va="bottom", ha="center")
    axes[1].set_xticks(places, [*(f"{number:.0f}" for number in held["coils/numbers"]), "chosen"])
    axes[1].set(yscale="log", ylim=(50.0, 4000.0), xlabel="coils the law is of", ylabel="R2* (s⁻¹)")
    axes[1].set(title="R2* and its 95 % interval")
    axes[1].set_yticks([100, 300, 1000, 3000], [100, 300, 1000, 3000])
    axes[1].minorticks_off()
    return figure


def fat(held: Held) -> Figure:
    """Decays with fat, and the error of R2* with and without it in the model."""
    figure, axes = panels(2)
    for (share, line), colour in zip((("0%", "-"), ("15%", "--"), ("40%", ":")), (BLUE, ORANGE, RED), strict=True):
        axes[0].plot(held["fat/te_ms"], held[f"fat/{share}"], ls=line, marker=".", color=colour, lw=2, label=share)
    axes[0].set(yscale="log", xlabel="TE (ms)", ylabel="signal", title="T2* 4 ms at 3 T: fat beats against water")
    axes[0].set_yticks([50, 100, 200, 500], [50, 100, 200, 500])
    axes[0].minorticks_off()
    axes[0].legend(loc="lower left", title="fat")
    shares, ours = 100.0 * held["fat/shares"], held["fat/ours"]
    axes[1].fill_between(shares, ours[:, 1], ours[:, 2], color=SKY, alpha=0.35, lw=0, label="its 95 % interval")
    axes[1].plot(shares, ours[:, 0], "-o", ms=4, color=BLUE, lw=2, label="region, fat where the curve asks")
    axes[1].plot(shares, held["fat/one exponential"], "--s", ms=4, color=RED, lw=2, label="one exponential")
    axes[1].axhline(0.0, color="black", lw=0.8)
    axes[1].set(xlabel="fat (%)", ylabel="error of R2* (%)", title="60 pixels at SNR 30")
    axes[1].set(ylim=(-20.0, 25.0))
    axes[1].legend(loc="upper left")
    return figure


def edges(held: Held) -> Figure:
    """A circle half over the rim of a liver with its two parts, and one beside it with the liver found there."""
    figure, axes = panels(2, 4.2)
    image = held["edges/image"]
    looks = (
        ("Half over the rim", "over", {"faster": RED, "slower": SKY}),
        ("Beside the liver", "drawn", {"beside": RED}),
    )
    for axis, (title, outline, parts) in zip(axes, looks, strict=True):
        axis.imshow(image, cmap="gray", vmax=np.percentile(image, 99.5))
        for name, colour in parts.items():
            mask = held[f"edges/{name}"]
            axis.imshow(np.where(mask > 0.0, 1.0, np.nan), cmap=ListedColormap([colour]), alpha=0.55)
        axis.contour(held[f"edges/{outline}"], [0.5], colors="white", linewidths=1.5)
        axis.set(title=title, xlim=(30, 115), ylim=(90, 22), xticks=[], yticks=[])
        axis.grid(visible=False)
    return figure


def accuracy(results: dict[str, dict[str, list[dict[str, list[float]]]]]) -> Figure:
    """Error of T2* and wrong classes of every method, from liver regions."""
    figure, axes = panels(2, 4.8)
    liver = results["Liver, regions"]
    looks = {
        "IronReport, region from pixels": (BLUE, "-"),
        "IronReport, curve alone": (SKY, "--"),
        "ukat loglin (default)": (GREY, ":"),
        "ukat 2p_exp": (ORANGE, "-"),
        "tedana loglin (default)": (PURPLE, "-."),
    }
    for score in liver["scores"]:
        if (name := str(score["method"])) in looks:
            is_value = np.array(score["beyond"]) <= 50.0
            error = np.where(is_value, np.array(score["bias"], dtype=float), np.nan)
            colour, line = looks[name]
            axes[0].plot(liver["t2star_ms"], error, color=colour, ls=line, lw=2, label=name)
    axes[0].set(
        xscale="log", xlabel="true T2* (ms)", ylabel="median error of T2* (%)", title="Liver regions, SNR 20 to 100"
    )
    _error_scale(axes[0])
    axes[0].set_ylim(-300.0, 3000.0)
    axes[0].legend(loc="lower right")
    names = [str(score["method"]) for score in liver["scores"]][::-1]
    for kind, left, colour, hatch in (("under", None, RED, ""), ("over", "under", PURPLE, "///")):
        widths = [score[kind] for score in liver["scores"]][::-1]
        starts = [score[left] if left else 0.0 for score in liver["scores"]][::-1]
        label = "too mild" if kind == "under" else "too severe"
        axes[1].barh(names, widths, left=starts, color=colour, hatch=hatch, edgecolor="white", label=label)
    for place, score in enumerate(liver["scores"][::-1]):
        axes[1].text(float(score["wrong"]) + 0.5, place, f"{score['wrong']:.1f} %", va="center", fontsize=9)
    axes[1].set(xlabel="regions given a wrong class (%)", title="Liver regions, SNR 10 to 100", xlim=(0.0, 50.0))
    axes[1].legend(loc="lower right")
    axes[1].grid(visible=False, axis="y")
    return figure


def main(build: Path, folder: Path) -> None:
    """Draw everything that BUILD has numbers for."""
    mpl.rcParams.update(STYLE)
    folder.mkdir(parents=True, exist_ok=True)
    with np.load(build / "explain.npz") as file:
        held = dict(file)
    figures = {draw.__name__: draw(held) for draw in (floor, bent, bootstrap, limit, spoilt, coils, fat, edges)}
    if (build / "accuracy.json").exists():
        figures["accuracy"] = accuracy(json.loads((build / "accuracy.json").read_text(encoding="utf-8")))
    for name, figure in figures.items():
        figure.savefig(folder / f"fitting-{name}.png", metadata={"Software": None})


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
