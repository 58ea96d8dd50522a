// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/network/grid_shape.hpp"

#include <algorithm>
#include <charconv>
#include <sstream>

#include "metasolve/error.hpp"

namespace metasolve::network {

namespace {

constexpr int most_layers = 256, most_channels = 4096, most_kernel = 15;

/// Reads the words of one layer.
class Words {
 public:
  Words(std::string const& text, std::size_t number) : text_(text), number_(number), stream_(text) {}

  [[noreturn]] void refuse(std::string const& what) const {
    throw InputError("layer " + std::to_string(number_) + ", \"" + text_ + "\": " + what);
  }
  std::string word() {
    std::string next;
    stream_ >> next;
    return next;
  }
  double real(char const* what) {
    auto const next = word();
    double value = 0;
    auto const [end, error] = std::from_chars(next.data(), next.data() + next.size(), value);
    if (error != std::errc() || end != next.data() + next.size() || !(value > -1e6 && value < 1e6)) {
      refuse(std::string(what) + (next.empty() ? " is missing" : " is \"" + next + "\", expected a number"));
    }
    return value;
  }
  int number(char const* what, int low, int high) {
    auto const next = word();
    int value = 0;
    auto const [end, error] = std::from_chars(next.data(), next.data() + next.size(), value);
    if (error != std::errc() || end != next.data() + next.size() || value < low || value > high) {
      refuse(std::string(what) + (next.empty() ? " is missing" : " is \"" + next + "\"") + ", expected " +
             std::to_string(low) + " to " + std::to_string(high));
    }
    return value;
  }

 private:
  std::string const& text_;
  std::size_t number_;
  std::istringstream stream_;
};

/// N levels: on each but the coarsest a smoothing step from 0, coarse correction, another step; residuals by a stencil.
std::vector<std::string> v_cycle(int levels) {
  std::vector<std::string> list;
  auto const add = [&](std::string text) {
    list.push_back(std::move(text));
    return static_cast<int>(list.size());
  };
  auto const of = [](int layer) { return " of " + std::to_string(layer); };
  // 0.8 of the inverse diagonal, and about its share on the coarsest grid.
  std::string const smooth = "conv 3 1 linear centre 0.2", residual = "conv 3 1 linear laplacian";
  std::vector<int> rhs{0}, before;
  for (int l = 0; l + 1 < levels; ++l) {
    before.push_back(add(smooth + of(rhs.back())));
    add(residual);
    add("add " + std::to_string(rhs.back()));
    rhs.push_back(add("down sum"));
  }
  add("conv 3 1 linear centre 0.3");
  for (int l = levels - 1; l-- > 0;) {
    auto const level = static_cast<std::size_t>(l);
    add("up");
    int const corrected = add("add " + std::to_string(before[level]));
    add(residual);
    add("add " + std::to_string(rhs[level]));
    add(smooth);
    add("add " + std::to_string(corrected));
  }
  return list;
}

/// The kind and numbers of a layer; sizes follow later.
GridLayer parsed(Words& words, int number) {
  GridLayer layer;
  layer.from = number - 1;
  auto const kind = words.word();
  if (kind == "conv") {
    layer.kernel = words.number("the kernel", 1, most_kernel);
    if (layer.kernel % 2 == 0) words.refuse("the kernel is even, expected an odd number");
    layer.channels = words.number("the number of channels", 1, most_channels);
  } else if (kind == "down") {
    layer.kind = GridLayerKind::halve;
  } else if (kind == "up") {
    layer.kind = GridLayerKind::twice;
  } else if (kind == "join" || kind == "add") {
    layer.kind = kind == "join" ? GridLayerKind::join : GridLayerKind::add;
    layer.with = words.number("the other layer", 0, number - 1);
  } else {
    words.refuse("expected conv, down, up, join or add");
  }
  for (auto word = words.word(); !word.empty(); word = words.word()) {
    bool const is_convolution = layer.kind == GridLayerKind::convolution;
    if (word == "of") {
      layer.from = words.number("the layer that it reads", 0, number - 1);
    } else if (word == "linear" && is_convolution) {
      layer.is_linear = true;
    } else if (word == "sum" && layer.kind == GridLayerKind::halve) {
      layer.is_sum = true;
    } else if (word == "centre" && is_convolution) {
      layer.start = GridStart::centre;
      layer.centre = words.real("the centre");
    } else if (word == "laplacian" && is_convolution) {
      layer.start = GridStart::laplacian;
      if (layer.kernel < 3) words.refuse("a laplacian needs a kernel of 3 or more");
    } else if (word == "stride" && is_convolution) {
      layer.stride = words.number("the stride", 1, 2);
    } else {
      words.refuse("\"" + word + "\" is not known here");
    }
  }
  return layer;
}

/// Sizes of the output, from those of the layers that it reads.
void settle(Words const& words, GridLayer& layer, GridLayer const& from, GridLayer const& with) {
  layer.in = from.channels;
  if (layer.kind != GridLayerKind::convolution) layer.channels = from.channels;
  layer.height = from.height, layer.width = from.width, layer.halvings = from.halvings;
  if (layer.kind == GridLayerKind::halve || layer.stride == 2) {
    if (from.height % 2 != 0 || from.width % 2 != 0) {
      words.refuse("a grid of " + std::to_string(from.height) + " x " + std::to_string(from.width) +
                   " points cannot be halved");
    }
    layer.height /= 2, layer.width /= 2, ++layer.halvings;
  } else if (layer.kind == GridLayerKind::twice) {
    layer.height *= 2, layer.width *= 2, --layer.halvings;
  } else if (layer.kind == GridLayerKind::join || layer.kind == GridLayerKind::add) {
    if (from.height != with.height || from.width != with.width) words.refuse("the two have other numbers of points");
    if (layer.kind == GridLayerKind::join) layer.channels += with.channels;
    if (layer.kind == GridLayerKind::add && from.channels != with.channels) {
      words.refuse("the two have other numbers of channels");
    }
  }
}

}  // namespace

std::vector<GridLayer> grid_layers(GridNetworkShape const& shape) {
  auto const texts = named_layers(shape.layers);
  if (texts.empty() || texts.size() > most_layers) {
    throw InputError("a network of " + std::to_string(texts.size()) + " layers, expected 1 to " +
                     std::to_string(most_layers));
  }
  GridLayer input;
  input.channels = shape.channels, input.height = shape.height, input.width = shape.width;
  std::vector<GridLayer> all{input};
  std::int64_t at = 0;
  for (std::size_t l = 0; l < texts.size(); ++l) {
    Words words(texts[l], l + 1);
    auto layer = parsed(words, static_cast<int>(l) + 1);
    settle(words, layer, all[static_cast<std::size_t>(layer.from)], all[static_cast<std::size_t>(layer.with)]);
    if (layer.halvings < 0) words.refuse("more points than the input has");
    if (layer.kind == GridLayerKind::convolution) {
      layer.weight = at;
      layer.bias = at + layer.weights();
      at = layer.bias + (shape.has_bias ? layer.channels : 0);
    }
    if (l + 1 == texts.size()) {
      layer.is_linear = true;
      if (layer.channels != 1 || layer.halvings != 0) {
        words.refuse("the last layer has " + std::to_string(layer.channels) + " channels of " +
                     std::to_string(layer.height) + " x " + std::to_string(layer.width) +
                     " points, expected one of the input's points");
      }
      if (layer.kind != GridLayerKind::convolution && layer.kind != GridLayerKind::add) {
        words.refuse("the last layer is conv or add");
      }
    }
    all.push_back(layer);
  }
  if (at == 0) throw InputError("a network without weights: none of its layers is a convolution");
  all.erase(all.begin());
  return all;
}

std::vector<std::string> named_layers(std::vector<std::string> const& layers) {
  if (layers == std::vector<std::string>{"u-net"}) {
    return {"conv 5 4",  "conv 5 4",  "conv 5 4 stride 2",   // 1 to 3
            "conv 5 8",  "conv 5 8",  "conv 5 8 stride 2",   // 4 to 6
            "conv 5 16", "conv 5 16", "conv 5 16 stride 2",  // 7 to 9
            "conv 5 32", "conv 5 32", "conv 5 32",           // 10 to 12
            "up",        "conv 5 16", "join 8",
            "conv 5 16", "conv 5 16",  //
            "up",        "conv 5 8",  "join 5",
            "conv 5 8",  "conv 5 8",  //
            "up",        "conv 5 4",  "join 2",
            "conv 5 4",  "conv 5 4",  "conv 5 1 linear"};
  }
  std::string const cycle = "v-cycle";
  if (layers.size() == 1 && layers.front().starts_with(cycle)) {
    std::string const given = layers.front().substr(cycle.size());
    Words words(given, 1);
    int const levels = words.number("the number of grids", 1, 12);
    if (auto const more = words.word(); !more.empty()) words.refuse("\"" + more + "\" is not known here");
    return v_cycle(levels);
  }
  return layers;
}

void set_grid_start(GridNetworkShape const& shape, std::vector<double>& weights) {
  for (auto const& l : grid_layers(shape)) {
    if (l.kind != GridLayerKind::convolution || l.start == GridStart::drawn) continue;
    int const taps = l.kernel * l.kernel, middle = taps / 2;
    for (int o = 0; o < l.channels; ++o) {
      for (int i = 0; i < l.in; ++i) {
        double* const w = weights.data() + l.weight + (std::int64_t{o} * l.in + i) * taps;
        std::fill_n(w, taps, 0.0);
        if (o != i) continue;
        w[middle] = l.start == GridStart::centre ? l.centre : -4;
        if (l.start != GridStart::laplacian) continue;
        for (int const beside : {-1, 1, -l.kernel, l.kernel}) w[middle + beside] = 1;
      }
      if (shape.has_bias) weights[static_cast<std::size_t>(l.bias + o)] = 0;
    }
  }
}

double grid_operations(GridNetworkShape const& shape) {
  double sum = 0;
  for (auto const& layer : grid_layers(shape)) {
    double const outputs = static_cast<double>(layer.channels) * layer.height * layer.width;
    switch (layer.kind) {
      case GridLayerKind::convolution:
        sum += 2.0 * layer.in * layer.kernel * layer.kernel * outputs;
        break;
      case GridLayerKind::halve:
        sum += 4 * outputs;
        break;
      case GridLayerKind::twice:
        sum += 9 * outputs;
        break;
      case GridLayerKind::add:
        sum += outputs;
        break;
      case GridLayerKind::join:
        break;
    }
  }
  return sum;
}

}  // namespace metasolve::network
