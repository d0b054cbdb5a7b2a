#include "table.hpp"

#include <algorithm>
#include <numeric>
#include <span>
#include <utility>

#include "wrap.hpp"

namespace apilab::cli {
namespace {

constexpr std::size_t margin = 2;
constexpr std::size_t between = 2;
// A column is not made narrower than this; below it a row is a block.
constexpr std::size_t column_min = 10;

std::size_t line_width(const std::vector<std::size_t>& widths) {
    return margin + std::accumulate(widths.begin(), widths.end(), std::size_t{0}) +
           between * (widths.empty() ? 0 : widths.size() - 1);
}

}  // namespace

Table::Table(std::vector<std::string> heading) {
    for (auto& title : heading) {
        right_.push_back(title.starts_with('>'));
        if (right_.back()) {
            title.erase(0, 1);
        }
    }
    rows_.push_back(std::move(heading));
}

void Table::add(std::vector<std::string> row) {
    row.resize(right_.size());
    rows_.push_back(std::move(row));
}

// The natural widths, the widest made narrower until the line fits; empty: it never does.
std::vector<std::size_t> Table::widths_for(std::size_t width) const {
    std::vector<std::size_t> widths(right_.size());
    for (const auto& row : rows_) {
        for (std::size_t i = 0; i < row.size(); ++i) {
            widths[i] = std::max(widths[i], columns_of(row[i]));
        }
    }
    while (width != 0 && line_width(widths) > width) {
        const auto widest = std::ranges::max_element(widths);
        if (widest == widths.end() || *widest <= column_min) {
            return {};
        }
        --*widest;
    }
    return widths;
}

std::string Table::blocks(std::size_t width) const {
    std::string text;
    for (std::size_t r = 1; r < rows_.size(); ++r) {
        text += r == 1 ? "" : "\n";
        for (std::size_t i = 0; i < right_.size(); ++i) {
            const auto& title = rows_.front()[i];
            if (!rows_[r][i].empty()) {
                text += paragraph((title.empty() ? "" : title + ": ") + rows_[r][i], width,
                                  2 * margin, std::string(margin, ' '));
            }
        }
    }
    return text;
}

std::string Table::to_string(std::size_t width) const {
    const auto widths = widths_for(width);
    if (widths.empty()) {
        return blocks(width);
    }
    std::string text;
    for (const auto& row : std::span(rows_).subspan(first_)) {
        std::vector<std::vector<std::string>> cells;
        std::size_t height = 1;
        for (std::size_t i = 0; i < row.size(); ++i) {
            cells.push_back(wrapped(row[i], width == 0 ? 0 : widths[i]));
            height = std::max(height, cells.back().size());
        }
        for (std::size_t h = 0; h < height; ++h) {
            std::string line(margin, ' ');
            for (std::size_t i = 0; i < row.size(); ++i) {
                const auto cell = h < cells[i].size() ? cells[i][h] : std::string();
                const auto used = columns_of(cell);
                const std::string padding(widths[i] - std::min(widths[i], used), ' ');
                line += (i == 0 ? "" : std::string(between, ' ')) +
                        (right_[i] ? padding + cell : cell + padding);
            }
            line.erase(line.find_last_not_of(' ') + 1);
            text += line + "\n";
        }
    }
    return text;
}

}  // namespace apilab::cli
