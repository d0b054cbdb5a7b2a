#include "apilab/observe/waterfall_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "apilab/base/duration.hpp"
#include "apilab/observe/internal/waterfall_words.hpp"

namespace apilab::observe {

using internal::Line;
using Kind = WaterfallRow::Kind;
using What = Segment::What;

namespace {

constexpr std::size_t width_min = 40;
constexpr std::size_t width_max = 200;

struct Look {
    std::string_view color;
    std::string_view block;
    std::string_view ascii;
};

const Look& look_of(Meaning meaning) {
    static constexpr std::array<Look, meanings> looks = {{{"34", "▒", "-"},
                                                          {"32", "█", "#"},
                                                          {"33", "░", "~"},
                                                          {"35", "═", "="},
                                                          {"36", "▚", "+"},
                                                          {"31", "×", "x"},
                                                          {"2", "─", "_"}}};
    return looks[static_cast<std::size_t>(meaning)];
}

// One column each, whatever it was.
std::string plain(std::string_view text) {
    std::string shown;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte >= 0x80U && (byte & 0xC0U) == 0x80U) {
            continue;  // the first byte of the character stands for it
        }
        shown += byte >= 0x20U && byte < 0x7FU ? c : '?';
    }
    return shown;
}

/// A column: what stands in it, and its colour.
struct Cell {
    std::string_view glyph = " ";
    std::string_view color;
};

class Text {
public:
    Text(const Waterfall& waterfall, const WaterfallTextOptions& options)
        : waterfall_(waterfall),
          options_(options),
          width_(std::clamp(options.width, width_min, width_max)),
          lines_(internal::lines_of(waterfall, std::max<std::size_t>(options.rows_max, 1))) {
        measure();
    }

    std::string draw() {
        add(cut(plain(waterfall_.title), width_), "1");
        wrap(plain(internal::summary(waterfall_)), 0, {});
        if (!lines_.empty()) {
            add_scale();
        }
        for (const Line& line : lines_) {
            line.row == nullptr ? add_folded(line) : add_row(*line.row);
        }
        add_legend();
        return std::move(text_);
    }

private:
    // Names and results to the left, then times, then the bars with what is left.
    void measure() {
        std::size_t time = 0;
        for (const Line& line : lines_) {
            if (line.row != nullptr) {
                label_ = std::max(label_, label_of(*line.row).size());
                time = std::max(time, time_of(*line.row).size());
            }
        }
        const auto third = width_ / 3;
        label_ = std::min(label_, third);
        time_ = time;
        bars_ = width_ - label_ - time_ - 2;
    }

    static std::string label_of(const WaterfallRow& row) {
        const auto result = internal::row_result(row);
        const auto indent = row.kind == Kind::server ? "  " : "";
        return fmt::format("{}{}{}{}", indent, internal::row_name(row), result.empty() ? "" : " ",
                           result);
    }
    static std::string time_of(const WaterfallRow& row) {
        return row.kind == Kind::stored ? std::string() : format_duration(row.length);
    }

    [[nodiscard]] std::string paint(std::string_view color, std::string_view text) const {
        return options_.color && !color.empty() && !text.empty()
                   ? fmt::format("\033[{}m{}\033[0m", color, text)
                   : std::string(text);
    }

    // To so many columns; `text` is ASCII.
    [[nodiscard]] std::string cut(const std::string& text, std::size_t columns) const {
        if (text.size() <= columns) {
            return text;
        }
        const std::string_view dots = options_.unicode ? "…" : "~";
        return text.substr(0, columns - 1) + std::string(dots);
    }

    void add(std::string_view text, std::string_view color = {}) {
        text_ += paint(color, text);
        text_ += '\n';
    }

    // Words of ASCII text, in lines from `indent` on.
    void wrap(std::string_view text, std::size_t indent, std::string_view color) {
        const auto room = width_ - indent;
        while (!text.empty()) {
            auto end = text.size();
            if (end > room) {
                const auto blank = text.rfind(' ', room);
                end = blank == std::string_view::npos || blank == 0 ? room : blank;
            }
            text_ += std::string(indent, ' ');
            add(text.substr(0, end), color);
            text.remove_prefix(std::min(text.find_first_not_of(' ', end), text.size()));
        }
    }

    [[nodiscard]] std::size_t column(Duration at) const {
        if (waterfall_.axis <= Duration::zero()) {
            return 0;
        }
        const double part =
            static_cast<double>(at.count()) / static_cast<double>(waterfall_.axis.count());
        const double place = std::floor(std::min(part, 1.0) * static_cast<double>(bars_));
        return std::min(static_cast<std::size_t>(place), bars_);
    }

    // Begins before the end, and has at least one column.
    [[nodiscard]] std::pair<std::size_t, std::size_t> columns(Duration start, Duration end) const {
        const auto from = std::min(column(start), bars_ - 1);
        return {from, std::max(from + 1, column(end))};
    }

    [[nodiscard]] std::string_view glyph(Meaning meaning) const {
        const auto& look = look_of(meaning);
        return options_.unicode ? look.block : look.ascii;
    }

    [[nodiscard]] std::optional<std::size_t> deadline_column() const {
        if (!waterfall_.deadline || *waterfall_.deadline > waterfall_.axis) {
            return std::nullopt;
        }
        return std::min(column(*waterfall_.deadline), bars_ - 1);
    }

    [[nodiscard]] std::vector<Cell> blank_cells() const {
        std::vector<Cell> cells(bars_);
        if (const auto at = deadline_column()) {
            cells[*at] = {.glyph = options_.unicode ? "┊" : "|", .color = "31"};
        }
        return cells;
    }

    void fill(std::vector<Cell>& cells, std::size_t from, std::size_t to, Meaning meaning) const {
        for (auto i = from; i < to; ++i) {
            cells[i] = {.glyph = glyph(meaning), .color = look_of(meaning).color};
        }
    }

    // In each column what stands at its middle.
    void sample(std::vector<Cell>& cells, const WaterfallRow& row, std::size_t from,
                std::size_t to) const {
        for (auto i = from; i < to; ++i) {
            const auto part =
                (static_cast<double>(i - from) + 0.5) / static_cast<double>(to - from);
            const double at = part * static_cast<double>(row.length.count());
            const auto found = std::ranges::find_if(row.segments, [&](const Segment& segment) {
                return static_cast<double>((segment.end() - row.start).count()) > at;
            });
            const auto& segment = found == row.segments.end() ? row.segments.back() : *found;
            fill(cells, i, i + 1, meaning_of(segment.what));
        }
    }

    [[nodiscard]] std::vector<Cell> cells_of(const WaterfallRow& row) const {
        const auto blank = blank_cells();
        auto cells = blank;
        const auto [from, to] = columns(row.start, row.end());
        if (row.segments.empty()) {
            fill(cells, from, from + 1, row.failed() ? Meaning::failure : Meaning::rest);
        } else {
            sample(cells, row, from, to);
        }
        if (row.error) {  // where it ended
            fill(cells, to - 1, to, Meaning::failure);
        }
        for (std::size_t i = from + 1; row.kind == Kind::refused_wait && i < to; i += 2) {
            cells[i] = blank[i];
        }
        return cells;
    }

    // Neighbours of one colour are painted together; nothing stands behind the last.
    [[nodiscard]] std::string painted(const std::vector<Cell>& cells) const {
        auto end = cells.size();
        while (end > 0 && cells[end - 1].glyph == " ") {
            --end;
        }
        std::string text;
        std::string run;
        for (std::size_t i = 0; i < end; ++i) {
            run += cells[i].glyph;
            if (i + 1 == end || cells[i + 1].color != cells[i].color) {
                text += paint(cells[i].color, run);
                run.clear();
            }
        }
        return text;
    }

    static std::string_view color_of(const WaterfallRow& row) {
        if (row.sent()) {
            return row.failed() ? "31" : "32";
        }
        return row.segments.empty() ? "2" : look_of(meaning_of(row.segments[0].what)).color;
    }

    void add_row(const WaterfallRow& row) {
        const auto label = cut(plain(label_of(row)), label_);
        auto cells = cells_of(row);
        const auto note = plain(row.note);
        // Behind the bar where there is room, else below.
        const auto after = columns(row.start, row.end()).second + 1;
        const bool fits = !note.empty() && after + note.size() <= bars_;
        for (std::size_t i = 0; fits && i < note.size(); ++i) {
            cells[after + i] = {.glyph = std::string_view(note).substr(i, 1),
                                .color = row.kind == Kind::server ? "1" : "2"};
        }
        const auto padding = std::string(label_ - columns_of(label), ' ');
        auto line = fmt::format("{}{} {:>{}} {}", paint(color_of(row), label), padding,
                                time_of(row), time_, painted(cells));
        line.erase(line.find_last_not_of(' ') + 1);
        add(line);
        if (!fits && !note.empty()) {
            wrap(note, 4, row.kind == Kind::server ? "1" : "2");
        }
    }

    // Of a label: all ASCII but for the dots.
    static std::size_t columns_of(std::string_view text) {
        return static_cast<std::size_t>(
            std::ranges::count_if(text, [](unsigned char c) { return (c & 0xC0U) != 0x80U; }));
    }

    void add_folded(const Line& line) {
        wrap(line.text(), 0, "2");
        auto cells = blank_cells();
        const auto [from, to] = columns(line.start, line.end);
        for (auto i = from; i < to; ++i) {
            cells[i] = {.glyph = options_.unicode ? "┄" : ".", .color = "2"};
        }
        add(std::string(label_ + time_ + 2, ' ') + painted(cells));
    }

    void add_scale() {
        constexpr std::size_t label_width = 12;
        const Duration step =
            internal::tick_step(waterfall_.axis, std::max<std::size_t>(bars_ / label_width, 1));
        std::string scale(bars_, ' ');
        std::size_t free = 0;
        for (Duration at{}; at <= waterfall_.axis; at += step) {
            const auto label = at == Duration::zero() ? std::string("0") : format_duration(at);
            const auto place = column(at);
            if (place >= free && place + label.size() <= bars_) {
                scale.replace(place, label.size(), label);
                free = place + label.size() + 1;
            }
        }
        scale.erase(scale.find_last_not_of(' ') + 1);
        text_ += std::string(label_ + time_ + 2, ' ');
        add(scale, "2");
    }

    // What the time was spent on, with what it looks like above.
    void add_legend() {
        std::string line;
        std::size_t used = 0;
        const auto put = [&](std::string_view symbol, std::string_view color,
                             const std::string& words) {
            const auto size = columns_of(symbol) + 1 + words.size();
            if (used > 0 && used + 2 + size > width_) {
                add(line);
                line.clear();
                used = 0;
            }
            line += used > 0 ? ", " : "";
            line += fmt::format("{} {}", paint(color, symbol), words);
            used += size + (used > 0 ? 2 : 0);
        };
        for (std::size_t i = 0; i < meanings; ++i) {
            const auto meaning = static_cast<Meaning>(i);
            if (waterfall_.share(meaning) > Duration::zero()) {
                put(glyph(meaning), look_of(meaning).color,
                    fmt::format("{} {}", to_string(meaning),
                                format_duration(waterfall_.share(meaning))));
            }
        }
        if (deadline_column()) {
            put(options_.unicode ? "┊" : "|", "31",
                fmt::format("deadline {}", format_duration(*waterfall_.deadline)));
        }
        if (used > 0) {
            add(line);
        }
    }

    const Waterfall& waterfall_;
    const WaterfallTextOptions& options_;
    std::size_t width_;
    std::vector<Line> lines_;
    std::size_t label_ = 0;
    std::size_t time_ = 0;
    std::size_t bars_ = 0;
    std::string text_;
};

}  // namespace

std::string waterfall_text(const Waterfall& waterfall, WaterfallTextOptions options) {
    return Text(waterfall, options).draw();
}

}  // namespace apilab::observe
