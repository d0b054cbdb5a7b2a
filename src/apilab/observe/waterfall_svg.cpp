#include "apilab/observe/waterfall_svg.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>
#include <vector>

#include "apilab/base/duration.hpp"
#include "apilab/observe/internal/picture.hpp"
#include "apilab/observe/internal/waterfall_words.hpp"

namespace apilab::observe {

using internal::Line;
using internal::markup;
using internal::style_name;
using Kind = WaterfallRow::Kind;

namespace {

constexpr double width = 960;
constexpr double margin = 16;
constexpr double bars_from = 330;
constexpr double bars_to = width - margin;
constexpr double row_height = 26;
constexpr double bar_height = 16;
constexpr double rows_from = 84;
/// Of a character of the picture's font, at 13 units: a little more than it needs.
constexpr double letter = 7.9;

constexpr std::string_view rules =
    R"(.wf text{font:13px ui-monospace,"DejaVu Sans Mono",monospace;fill:var(--fg)}
.wf .head{font-size:16px;font-weight:bold}
.wf .dim{fill:var(--dim)}
.wf .back{fill:var(--bg)}
.wf .grid{stroke:var(--grid)}
.wf .ink{stroke:var(--bg);stroke-opacity:.55;stroke-width:2;fill:none}
.wf .bad{fill:var(--failure)}
.wf .said{font-weight:bold}
.wf .deadline{stroke:var(--failure);stroke-width:2;stroke-dasharray:3 3}
.wf .fold{stroke:var(--dim);stroke-width:2;stroke-dasharray:2 4}
)";

/// What is drawn over a colour so that it is told apart without seeing it.
constexpr std::array<std::string_view, meanings> patterns = {
    R"(<path class="ink" d="M0 8L8 0"/>)",             // network: rising
    "",                                                // server: plain
    R"(<circle cx="4" cy="4" r="1.6" class="dot"/>)",  // own wait: dots
    R"(<path class="ink" d="M0 4H8"/>)",               // told: lines along
    R"(<path class="ink" d="M4 0V8"/>)",               // auth: lines across
    R"(<path class="ink" d="M0 0L8 8M8 0L0 8"/>)",     // failure: crosses
    R"(<path class="ink" d="M0 0L8 8"/>)"};            // rest: falling

class Svg {
public:
    Svg(const Waterfall& waterfall, const WaterfallSvgOptions& options)
        : waterfall_(waterfall),
          options_(options),
          lines_(internal::lines_of(waterfall, std::max<std::size_t>(options.rows_max, 1))) {}

    std::string draw() {
        const double rows = row_height * static_cast<double>(lines_.size());
        const double height = rows_from + rows + 62;
        begin(height);
        add_scale(rows);
        for (std::size_t i = 0; i < lines_.size(); ++i) {
            const double y = rows_from + row_height * static_cast<double>(i);
            lines_[i].row == nullptr ? add_folded(lines_[i], y) : add_row(*lines_[i].row, y);
        }
        add_deadline(rows);
        add_legend(rows_from + rows + 24);
        return std::move(out_) + "</svg>\n";
    }

private:
    template <class... Args>
    void put(fmt::format_string<Args...> format, Args&&... args) {
        fmt::format_to(std::back_inserter(out_), format, std::forward<Args>(args)...);
    }

    void begin(double height) {
        put(R"(<svg xmlns="http://www.w3.org/2000/svg" class="wf" role="img" )"
            R"(aria-labelledby="wf-title wf-desc" viewBox="0 0 {:.0f} {:.0f}" width="{:.0f}">)"
            "\n",
            width, height, width);
        put("<title id=\"wf-title\">{}: {}</title>\n<desc id=\"wf-desc\">",
            markup(waterfall_.title), markup(internal::summary(waterfall_)));
        for (const Line& line : lines_) {
            put("{}. ",
                markup(line.row == nullptr ? line.text() : internal::row_sentence(*line.row)));
        }
        put("</desc>\n<style>{}{}.wf .dot{{fill:var(--bg);fill-opacity:.6}}\n",
            internal::theme_css(".wf", options_.theme), rules);
        for (std::size_t i = 0; i < meanings; ++i) {
            const auto name = style_name(static_cast<Meaning>(i));
            put(".wf .{0}{{fill:url(#wf-{0})}}.wf .c-{0}{{fill:var(--{0})}}\n", name);
        }
        put("</style>\n<defs>\n");
        for (std::size_t i = 0; i < meanings; ++i) {
            const auto name = style_name(static_cast<Meaning>(i));
            put(R"(<pattern id="wf-{0}" width="8" height="8" patternUnits="userSpaceOnUse">)"
                R"(<rect width="8" height="8" class="c-{0}"/>{1}</pattern>)"
                "\n",
                name, patterns[i]);
        }
        put("</defs>\n<rect class=\"back\" width=\"{:.0f}\" height=\"{:.0f}\"/>\n", width, height);
        text(margin, 26, "head", cut(waterfall_.title, 90));
        text(margin, 48, "dim", cut(internal::summary(waterfall_), 115));
    }

    /// Characters, counted as bytes: what is wider is shorter than it could be.
    static std::string cut(const std::string& whole, std::size_t size) {
        if (whole.size() <= size) {
            return whole;
        }
        auto end = size - 1;
        while (end > 0 && (static_cast<unsigned char>(whole[end]) & 0xC0U) == 0x80U) {
            --end;
        }
        return whole.substr(0, end) + "…";
    }

    void text(double x, double y, std::string_view style, std::string_view words) {
        put("<text x=\"{:.1f}\" y=\"{:.1f}\" class=\"{}\">{}</text>\n", x, y, style, markup(words));
    }

    [[nodiscard]] double place(Duration at) const {
        if (waterfall_.axis <= Duration::zero()) {
            return bars_from;
        }
        const double part =
            static_cast<double>(at.count()) / static_cast<double>(waterfall_.axis.count());
        return bars_from + std::clamp(part, 0.0, 1.0) * (bars_to - bars_from);
    }

    void add_scale(double rows) {
        const Duration step = internal::tick_step(waterfall_.axis, 6);
        for (Duration at{}; at <= waterfall_.axis; at += step) {
            const double x = place(at);
            put("<line class=\"grid\" x1=\"{0:.1f}\" x2=\"{0:.1f}\" y1=\"{1:.1f}\" "
                "y2=\"{2:.1f}\"/>\n",
                x, rows_from - 8, rows_from + rows);
            const auto label = at == Duration::zero() ? std::string("0") : format_duration(at);
            const double size = letter * static_cast<double>(label.size());
            text(std::min(x, width - 4 - size), rows_from - 14, "dim", label);
        }
    }

    void add_row(const WaterfallRow& row, double y) {
        const double base = y + 13 + bar_height / 4;
        const bool server = row.kind == Kind::server;
        const auto label = fmt::format("{} {}", internal::row_name(row), internal::row_result(row));
        text(margin + (server ? 14 : 0), base, row.sent() && row.failed() ? "bad" : "",
             cut(label, 28));
        if (row.kind != Kind::stored) {
            const auto took = format_duration(row.length);
            text(bars_from - 10 - letter * static_cast<double>(took.size()), base, "dim", took);
        }
        put("<g><title>{}</title>\n", markup(internal::row_sentence(row)));
        const double top = y + (row_height - bar_height) / 2;
        for (const auto& segment : row.segments) {
            bar(row, segment, top);
        }
        if (row.segments.empty()) {
            put("<circle class=\"c-{}\" cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"4\"/>\n",
                row.failed() ? "failure" : "rest", place(row.start) + 2, y + row_height / 2);
        }
        put("</g>\n");
        note(row, base);
    }

    void bar(const WaterfallRow& row, const Segment& segment, double top) {
        constexpr double thinnest = 1.5;
        const double from = place(segment.start);
        const double size = std::max(place(segment.end()) - from, thinnest);
        const auto name = style_name(meaning_of(segment.what));
        const auto words =
            fmt::format("{} {}", to_string(segment.what), format_duration(segment.length));
        const bool dashed = row.kind == Kind::refused_wait;
        for (double x = from; x < from + size; x += dashed ? 14 : size) {
            const double piece = std::min(dashed ? 8.0 : size, from + size - x);
            put("<rect class=\"{}\" x=\"{:.2f}\" y=\"{:.1f}\" width=\"{:.2f}\" "
                "height=\"{:.0f}\"><title>{}</title></rect>\n",
                name, std::min(x, bars_to - thinnest), top, piece, bar_height, words);
        }
    }

    // Behind the bar where there is room, else before it, else under the pointer alone.
    void note(const WaterfallRow& row, double base) {
        if (row.note.empty()) {
            return;
        }
        const double size = letter * static_cast<double>(row.note.size());
        const double after = std::max(place(row.end()), place(row.start) + 6) + 8;
        const std::string_view style = row.kind == Kind::server ? "said" : "dim";
        if (after + size <= bars_to) {
            text(after, base, style, row.note);
        } else if (place(row.start) - 8 - size >= bars_from) {
            text(place(row.start) - 8 - size, base, style, row.note);
        } else if (row.kind == Kind::refused_wait || row.kind == Kind::stored) {
            const auto shown = cut(row.note, 70);
            const double room = letter * static_cast<double>(shown.size()) + 12;
            const double x = std::max(bars_to - room, bars_from);
            put("<rect class=\"back\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" "
                "height=\"20\"/>\n",
                x, base - 15, room);
            text(x + 6, base, style, shown);
        }
    }

    void add_folded(const Line& line, double y) {
        text(margin, y + 17, "dim", line.text());
        put("<line class=\"fold\" x1=\"{:.1f}\" x2=\"{:.1f}\" y1=\"{:.1f}\" y2=\"{:.1f}\"/>\n",
            place(line.start), place(line.end), y + 13, y + 13);
    }

    void add_deadline(double rows) {
        if (!waterfall_.deadline || *waterfall_.deadline > waterfall_.axis) {
            return;
        }
        const double x = place(*waterfall_.deadline);
        put("<line class=\"deadline\" x1=\"{0:.1f}\" x2=\"{0:.1f}\" y1=\"{1:.1f}\" "
            "y2=\"{2:.1f}\"><title>deadline {3}</title></line>\n",
            x, rows_from - 8, rows_from + rows, format_duration(*waterfall_.deadline));
    }

    void add_legend(double y) {
        double x = margin;
        const auto item = [&](std::string_view shape, const std::string& words) {
            const double size = 26 + letter * static_cast<double>(words.size());
            if (x + size > bars_to && x > margin) {
                x = margin;
                y += 22;
            }
            put("{}", fmt::format(fmt::runtime(shape), x, y - 11, y - 5));
            text(x + 20, y, "", words);
            x += size + 6;
        };
        for (std::size_t i = 0; i < meanings; ++i) {
            const auto meaning = static_cast<Meaning>(i);
            if (waterfall_.share(meaning) > Duration::zero()) {
                const auto shape = fmt::format(
                    "<rect class=\"{}\" x=\"{{0:.1f}}\" y=\"{{1:.1f}}\" width=\"14\" "
                    "height=\"12\"/>",
                    style_name(meaning));
                item(shape, fmt::format("{} {}", to_string(meaning),
                                        format_duration(waterfall_.share(meaning))));
            }
        }
        if (waterfall_.deadline && *waterfall_.deadline <= waterfall_.axis) {
            item(
                "<line class=\"deadline\" x1=\"{0:.1f}\" x2=\"{0:.1f}\" y1=\"{1:.1f}\" "
                "y2=\"{2:.1f}\"/>",
                fmt::format("deadline {}", format_duration(*waterfall_.deadline)));
        }
    }

    const Waterfall& waterfall_;
    const WaterfallSvgOptions& options_;
    std::vector<Line> lines_;
    std::string out_;
};

}  // namespace

std::string waterfall_svg(const Waterfall& waterfall, WaterfallSvgOptions options) {
    return Svg(waterfall, options).draw();
}

}  // namespace apilab::observe
