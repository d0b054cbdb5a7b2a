#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "weather.hpp"

namespace apilab::simulation {

/// One line of a chart: its name, and a value for each second.
struct Curve {
    std::string name;
    std::vector<std::uint32_t> values;
};

/// The curves under each other over one axis of time, as SVG; total outages are shaded, `steady` is
/// a dashed line, and each curve has its peak written beside it. All have the same scale.
[[nodiscard]] std::string chart_svg(const std::string& title, const std::vector<Curve>& curves,
                                    const Weather& weather, std::uint32_t steady);

}  // namespace apilab::simulation
