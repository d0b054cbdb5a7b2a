#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "apilab/base/duration.hpp"
#include "apilab/base/markup.hpp"
#include "apilab/sandbox/judge/timeline.hpp"

namespace apilab::sandbox {
namespace {

constexpr double label_width = 330;
constexpr double plot_width = 620;
constexpr double row_height = 18;
constexpr double tick_height = 12;
constexpr double axis_height = 24;
/// So that what took no time is seen.
constexpr double width_least = 3;
constexpr int marks = 5;

std::string_view class_of(Timeline::Look look) {
    switch (look) {
        case Timeline::Look::good:
            return "ok";
        case Timeline::Look::refused:
            return "no";
        case Timeline::Look::lost:
            return "lost";
        case Timeline::Look::gone:
            return "gone";
        case Timeline::Look::pending:
            return "open";
    }
    return "ok";
}

class Drawing {
public:
    explicit Drawing(const Timeline& timeline) : timeline_(timeline) {}

    [[nodiscard]] std::string text() const {
        const double height =
            axis_height + row_height * static_cast<double>(timeline_.rows.size()) + 4;
        std::string svg = fmt::format(
            "<svg class=\"tl\" viewBox=\"0 0 {0:.0f} {1:.0f}\" width=\"{0:.0f}\" "
            "height=\"{1:.0f}\" "
            "role=\"img\" aria-label=\"Operations over time\">\n",
            label_width + plot_width + 10, height);
        for (const auto& shade : timeline_.shades) {
            const double from = x_of(shade.from);
            svg += fmt::format(
                "<rect class=\"shade\" x=\"{:.1f}\" y=\"{:.0f}\" width=\"{:.1f}\" "
                "height=\"{:.0f}\"><title>{}</title></rect>\n",
                from, axis_height, std::max(x_of(shade.to) - from, width_least),
                height - axis_height, escape_markup(shade.title));
        }
        svg += axis(height);
        double y = axis_height;
        for (const auto& row : timeline_.rows) {
            svg += one_row(row, y);
            y += row_height;
        }
        return svg + "</svg>\n";
    }

private:
    [[nodiscard]] double x_of(Duration at) const {
        const double share =
            timeline_.length > Duration::zero()
                ? static_cast<double>(at.count()) / static_cast<double>(timeline_.length.count())
                : 0;
        return label_width + plot_width * std::clamp(share, 0.0, 1.0);
    }

    [[nodiscard]] std::string axis(double height) const {
        std::string svg;
        for (int i = 0; i <= marks; ++i) {
            const Duration at = timeline_.length * i / marks;
            svg += fmt::format(
                "<line class=\"grid\" x1=\"{0:.1f}\" y1=\"{1:.0f}\" x2=\"{0:.1f}\" y2=\"{2:.0f}\"/>"
                "<text class=\"dim\" x=\"{0:.1f}\" y=\"14\" text-anchor=\"{3}\">{4}</text>\n",
                x_of(at), axis_height - 4, height, i == marks ? "end" : "middle",
                format_duration(std::chrono::round<std::chrono::milliseconds>(at)));
        }
        return svg;
    }

    [[nodiscard]] bool is_cited(std::uint64_t seq) const {
        const auto found =
            std::ranges::lower_bound(timeline_.cited, seq, {}, &Timeline::Cited::seq);
        return found != timeline_.cited.end() && found->seq == seq;
    }

    [[nodiscard]] std::string tick(const Timeline::Attempt& attempt, double y) const {
        const double from = x_of(attempt.begin);
        std::string svg;
        if (attempt.wait_until) {
            svg += fmt::format(
                "<line class=\"wait\" x1=\"{:.1f}\" y1=\"{:.0f}\" x2=\"{:.1f}\" y2=\"{:.0f}\">"
                "<title>asked not to come back before {}</title></line>",
                x_of(attempt.end), y + row_height / 2, x_of(*attempt.wait_until),
                y + row_height / 2, format_duration(*attempt.wait_until));
        }
        auto rect = fmt::format(
            "<rect class=\"{}\" x=\"{:.1f}\" y=\"{:.0f}\" width=\"{:.1f}\" height=\"{:.0f}\">"
            "<title>{}</title></rect>",
            class_of(attempt.look), from, y + (row_height - tick_height) / 2,
            std::max(x_of(attempt.end) - from, width_least), tick_height,
            escape_markup(attempt.title));
        return svg + (is_cited(attempt.seq)
                          ? fmt::format("<a href=\"#row-{}\">{}</a>", attempt.seq, rect)
                          : rect);
    }

    [[nodiscard]] std::string one_row(const Timeline::Row& row, double y) const {
        auto svg = fmt::format(
            "<text x=\"0\" y=\"{:.0f}\">{}{}</text>", y + row_height - 5, escape_markup(row.label),
            row.attempts_left_out > 0 ? fmt::format(" (+{} attempts)", row.attempts_left_out) : "");
        for (const auto& attempt : row.attempts) {
            svg += tick(attempt, y);
        }
        return svg + "\n";
    }

    const Timeline& timeline_;
};

}  // namespace

std::string timeline_svg(const Timeline& timeline) {
    return timeline.empty() ? std::string() : Drawing(timeline).text();
}

std::string_view timeline_css() {
    return "svg.tl{max-width:100%;height:auto;border:1px solid var(--line);border-radius:6px}\n"
           "svg.tl text{font:11px ui-monospace,monospace;fill:var(--fg)}svg.tl "
           ".dim{fill:var(--dim)}\n"
           ".grid{stroke:var(--line)}.wait{stroke:var(--warn);stroke-width:2;stroke-dasharray:3 "
           "2}\n"
           ".shade{fill:var(--bad);fill-opacity:.13}.ok{fill:var(--good)}.no{fill:var(--warn)}"
           ".lost{fill:var(--bad)}\n.gone{fill:var(--dim)}.open{fill:none;stroke:var(--dim)}\n";
}

}  // namespace apilab::sandbox
