#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "terminal.hpp"

namespace apilab::cli {

/// Columns that align. The first row is the heading. A column whose heading starts with `>` is set
/// to the right (the mark is not printed). Widths count code points, so that accents do not shift a
/// column.
class Table {
public:
    explicit Table(std::vector<std::string> heading);
    void add(std::vector<std::string> row);
    /// Rows alone, as those that come after a table that has been printed.
    void hide_heading() { first_ = 1; }
    /// Lines with a two-space indent, no trailing spaces, none wider than `width` columns (0: as
    /// wide as they are): the widest columns are wrapped first; where even that is not enough, each
    /// row becomes a block of `heading: value` lines.
    [[nodiscard]] std::string to_string(std::size_t width = 0) const;
    /// As wide as the terminal; where it is none, as wide as it is, so that programs get one line
    /// for each row.
    [[nodiscard]] std::string to_string(const Terminal& terminal) const {
        return to_string(terminal.is_terminal ? terminal.width : 0);
    }

private:
    [[nodiscard]] std::vector<std::size_t> widths_for(std::size_t width) const;
    [[nodiscard]] std::string blocks(std::size_t width) const;

    std::size_t first_ = 0;
    std::vector<bool> right_;
    std::vector<std::vector<std::string>> rows_;
};

}  // namespace apilab::cli
