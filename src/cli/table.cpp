#include "table.hpp"

#include <algorithm>
#include <utility>

namespace apilab::cli {
namespace {

std::size_t width_of(const std::string& text) {
    // Bytes that do not continue a UTF-8 sequence.
    return static_cast<std::size_t>(
        std::ranges::count_if(text, [](unsigned char c) { return (c & 0xC0U) != 0x80U; }));
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

std::string Table::to_string() const {
    std::vector<std::size_t> widths(right_.size());
    for (const auto& row : rows_) {
        for (std::size_t i = 0; i < row.size(); ++i) {
            widths[i] = std::max(widths[i], width_of(row[i]));
        }
    }
    std::string text;
    for (const auto& row : rows_) {
        std::string line = " ";
        for (std::size_t i = 0; i < row.size(); ++i) {
            const std::string padding(widths[i] - width_of(row[i]), ' ');
            line += " " + (right_[i] ? padding + row[i] : row[i] + padding) + " ";
        }
        line.erase(line.find_last_not_of(' ') + 1);
        text += line + "\n";
    }
    return text;
}

}  // namespace apilab::cli
