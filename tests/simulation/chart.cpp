#include "chart.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace apilab::simulation {

namespace {

constexpr double left = 60;
constexpr double width = 760;
constexpr double row_height = 96;
constexpr double plot_height = 64;
constexpr double top = 56;

struct Scale {
    double seconds = 1;
    double peak = 1;

    [[nodiscard]] double x(double second) const { return left + width * second / seconds; }
    [[nodiscard]] double height(double value) const { return plot_height * value / peak; }
};

std::string points(const Curve& curve, const Scale& scale, double base) {
    std::string text;
    for (std::size_t i = 0; i < curve.values.size(); ++i) {
        text += fmt::format("{:.1f},{:.1f} ", scale.x(static_cast<double>(i)),
                            base - scale.height(curve.values[i]));
    }
    return text;
}

std::string row(const Curve& curve, const Scale& scale, double base, std::uint32_t steady) {
    const auto peak = curve.values.empty() ? 0 : std::ranges::max(curve.values);
    const double line = base - scale.height(steady);
    return fmt::format(
        "<text x='{0}' y='{1:.0f}' class='name'>{2}</text>\n"
        "<text x='{3}' y='{1:.0f}' class='peak'>peak {4} requests/s</text>\n"
        "<line x1='{0}' y1='{5:.1f}' x2='{3}' y2='{5:.1f}' class='steady'/>\n"
        "<line x1='{0}' y1='{6:.1f}' x2='{3}' y2='{6:.1f}' class='axis'/>\n"
        "<polyline points='{7}' class='curve'/>\n",
        left, base - plot_height - 6, curve.name, left + width, peak, line, base,
        points(curve, scale, base));
}

std::string outages(const Weather& weather, const Scale& scale, double bottom) {
    std::string text;
    for (const auto& spell : weather.spells()) {
        const auto at = [&](Duration since) {
            return scale.x(std::chrono::duration<double>(since).count());
        };
        if (is_total(spell.trouble)) {
            text += fmt::format(
                "<rect x='{:.1f}' y='{}' width='{:.1f}' height='{:.0f}' class='outage'/>\n",
                at(spell.from), top - 8, at(spell.until) - at(spell.from), bottom - top + 8);
        }
    }
    return text;
}

std::string axis(const Scale& scale, double y) {
    std::string text;
    const int step = scale.seconds > 600 ? 300 : 30;
    for (int second = 0; second <= static_cast<int>(scale.seconds); second += step) {
        text += fmt::format("<text x='{:.1f}' y='{:.0f}' class='tick'>{} s</text>\n",
                            scale.x(second), y, second);
    }
    return text;
}

}  // namespace

std::string chart_svg(const std::string& title, const std::vector<Curve>& curves,
                      const Weather& weather, std::uint32_t steady) {
    Scale scale;
    for (const auto& curve : curves) {
        scale.seconds = std::max(scale.seconds, static_cast<double>(curve.values.size()));
        for (const auto value : curve.values) {
            scale.peak = std::max(scale.peak, static_cast<double>(value));
        }
    }
    const double bottom = top + row_height * static_cast<double>(curves.size());
    std::string text = fmt::format(
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {:.0f} {:.0f}' "
        "font-family='sans-serif' font-size='12'>\n"
        "<style>.curve{{fill:none;stroke:#0b62a4;stroke-width:1.4}}"
        ".steady{{stroke:#999;stroke-dasharray:4 3}}.axis{{stroke:#444}}"
        ".outage{{fill:#e4572e;opacity:.13}}.peak{{text-anchor:end;fill:#555}}"
        ".tick{{text-anchor:middle;fill:#555}}.name{{font-weight:bold}}</style>\n"
        "<rect width='100%' height='100%' fill='white'/>\n"
        "<text x='{:.0f}' y='24' font-size='15'>{}</text>\n",
        left + width + 20, bottom + 30, left, title);
    text += outages(weather, scale, bottom);
    double base = top;
    for (const auto& curve : curves) {
        base += row_height;
        text += row(curve, scale, base, steady);
    }
    return text + axis(scale, bottom + 18) + "</svg>\n";
}

}  // namespace apilab::simulation
