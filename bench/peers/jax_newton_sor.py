# SPDX-License-Identifier: Apache-2.0
"""Newton-SOR on Robertson steps in JAX: vmap over lax.while_loop, compiled, double precision.

A batch under vmap goes on until its slowest task is done, with all tasks computed along. A part of 0 is that: all tasks
as one batch, what one writes first. With parts of P they go by so many, one part after the other (lax.map), on a CPU
device a thread (shard_map): what one writes after a look at the counts. Of several --parts the fastest on the first tasks
is the one that is measured. The training step differentiates by r and the guess in forward mode through the loop (jvp;
reverse mode cannot pass a while_loop), and from there on to the weights in reverse. Double precision, as ours.
"""
import functools
import sys

import numpy as np
import common

CHOSEN = common.options(__doc__, parts="0")
PARTS = [int(part) for part in CHOSEN.parts.split(",")]
# XLA's own threads distribute one batch over the cores.
DEVICES = CHOSEN.threads if CHOSEN.device == "cpu" and 0 not in PARTS else 1
import jax  # noqa: E402  after the cores are chosen
import jax.numpy as jnp  # noqa: E402

jax.config.update("jax_platforms", CHOSEN.device)
jax.config.update("jax_enable_x64", True)
jax.config.update("jax_num_cpu_devices", DEVICES)
TOLERANCE = 1e-9
TASKS_OF = {"newton_sor": "robertson", "training": "training"}


def residual(y, task):
    c1, c2, c3, h = task[0], task[1], task[2], task[3]
    back = c3 * y[1] * y[2] - c1 * y[0]
    product = c2 * y[1] * y[1]
    return jnp.stack((y[0] - h * back - task[4], y[1] + h * (back + product) - task[5], y[2] - h * product - task[6]))


def sweep(y, g, task, r):
    c1, c2, c3, h = task[0], task[1], task[2], task[3]
    d1 = g[0] / (1 + h * c1)
    d2 = (g[1] + r * h * c1 * d1) / (1 + h * (2 * c2 * y[1] + c3 * y[2]))
    d3 = g[2] + r * h * 2 * c2 * y[1] * d2
    return jnp.clip(y - r * jnp.stack((d1, d2, d3)), -1.0, 2.0)


def norm(g):
    return jnp.sqrt(jnp.sum(g * g))


def count(task, r, guess, limit):
    """Of one task."""

    def goes_on(state):
        k, _, g = state
        return (norm(g) > TOLERANCE) & (k < limit)

    def body(state):
        k, y, g = state
        y = sweep(y, g, task, r)
        return k + 1, y, residual(y, task)

    return jax.lax.while_loop(goes_on, body, (0, guess, residual(guess, task)))[0]


def surrogate(theta, task, limit):
    """Of one task, on the log scale; beside it the count."""

    def goes_on(state):
        k, _, g, _ = state
        return (norm(g) > TOLERANCE) & (k < limit)

    def body(state):
        k, y, g, loss = state
        loss = loss + jax.nn.sigmoid(jax.nn.relu(jnp.log(norm(g)) - np.log(TOLERANCE)))
        y = sweep(y, g, task, theta[0])
        return k + 1, y, residual(y, task), loss

    start = (0, theta[1:], residual(theta[1:], task), 0.0)
    k, _, _, loss = jax.lax.while_loop(goes_on, body, start)
    return loss, k


def parameters(weights, tasks):
    """Of all tasks: r and the guess, [tasks][4]."""
    x = jnp.concatenate((tasks[:, 4:7], jnp.log10(tasks[:, 3:4]), jnp.log10(tasks[:, :3])), 1)
    for weight, bias in weights[:-1]:
        x = jax.nn.relu(x @ weight.T + bias)
    weight, bias = weights[-1]
    z = x @ weight.T + bias
    return jnp.concatenate((1 + jax.nn.sigmoid(z[:, :1]), tasks[:, 4:7] * jnp.exp(jnp.tanh(z[:, 1:]))), 1)


def side_by_side(one, part):
    """one(...) of each row."""
    if part == 0:
        return jax.vmap(one)
    rows = jax.sharding.PartitionSpec("row")
    return jax.shard_map(lambda *mine: jax.lax.map(lambda row: one(*row), mine, batch_size=part),
                         mesh=jax.sharding.Mesh(np.array(jax.devices()), ("row",)), in_specs=rows, out_specs=rows,
                         check_vma=False)


@functools.partial(jax.jit, static_argnums=(1,))
def forward(tasks, part):
    return side_by_side(lambda task: count(task, 1.37, task[4:7], 10000), part)(tasks)


@functools.partial(jax.jit, static_argnums=(3,))
def training_step(weights, moments, tasks, part):
    theta, to_weights = jax.vjp(lambda w: parameters(w, tasks), weights)
    of_task = jax.jacfwd(lambda t, task: surrogate(t, task, 2000), has_aux=True)
    theta_bar, counts = side_by_side(of_task, part)(theta, tasks)
    gradient, = to_weights(theta_bar / len(tasks))
    # Clipped to norm 1, then Adam, as newton_sor_torch.py.
    size = jnp.sqrt(sum(jnp.sum(g * g) for g in jax.tree.leaves(gradient)))
    gradient = jax.tree.map(lambda g: g * jnp.minimum(1, 1 / (size + 1e-6)), gradient)
    step, first, second = moments
    step += 1
    first = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, first, gradient)
    second = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, second, gradient)
    weights = jax.tree.map(
        lambda w, m, v: w - 2e-5 * (m / (1 - 0.9**step)) / (jnp.sqrt(v / (1 - 0.999**step)) + 1e-8),
        weights, first, second)
    return weights, (step, first, second), counts


def load_weights(flat, hidden=64):
    layers, at = [], 0
    for rows, columns in ((hidden, 7), (hidden, hidden), (4, hidden)):
        weight = flat[at:at + rows * columns].reshape(rows, columns)
        at += rows * columns
        layers.append((jnp.asarray(weight), jnp.asarray(flat[at:at + rows])))
        at += rows
    return layers


def work_on(tasks):
    """A function of the part's size that does all of it, and gives the counts when they are there."""
    if CHOSEN.work == "newton_sor":
        return lambda part: jax.block_until_ready(forward(tasks, part))
    weights = load_weights(np.load(CHOSEN.folder / "training_weights.npy"))
    zeros = jax.tree.map(jnp.zeros_like, weights)
    return lambda part: jax.block_until_ready(training_step(weights, (0.0, zeros, zeros), tasks, part))[2]


def fastest(tasks):
    """Of PARTS, on some of the tasks."""
    if len(PARTS) == 1:
        return PARTS[0]
    run = work_on(tasks[:min(8192, len(tasks)) // DEVICES * DEVICES])

    def seconds(part):
        run(part)  # compiles
        return min(common.timed(lambda: run(part))[0] for _ in range(5))

    return min(PARTS, key=seconds)


def main():
    try:
        device = jax.devices(CHOSEN.device)[0]
    except (RuntimeError, AssertionError):  # the latter if the plugin of the only requested platform is missing
        sys.exit(f"--device {CHOSEN.device}: this JAX finds no such device")
    count_of = CHOSEN.tasks // DEVICES * DEVICES  # the same number for each device
    tasks = jnp.asarray(np.load(CHOSEN.folder / f"{TASKS_OF[CHOSEN.work]}.npy")[:count_of])
    ours = np.load(CHOSEN.folder / f"{CHOSEN.work}_counts.npy")[:count_of].astype(np.int64)
    part, run = fastest(tasks), work_on(tasks)
    run(part)  # compiles
    runs = [common.timed(lambda: run(part)) for _ in range(CHOSEN.repeats)]
    memory = device.memory_stats()["peak_bytes_in_use"] if CHOSEN.device == "cuda" else 0
    common.report(CHOSEN, f"JAX, parts of {part}" if part else "JAX, one batch", jax.__version__,
                  [seconds for seconds, _ in runs], np.asarray(runs[-1][1]), ours,
                  ("gradient in forward mode; " if CHOSEN.work == "training" else "") + "compilation excluded" +
                  (f"; fastest of parts of {CHOSEN.parts}" if len(PARTS) > 1 else ""), memory)


if __name__ == "__main__":
    main()
