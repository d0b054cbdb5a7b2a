#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace apilab::cli {

/// Columns that align. The first row is the heading. A column whose heading starts with `>` is set
/// to the right (the mark is not printed). Widths count code points, so that accents do not shift a
/// column.
class Table {
public:
    explicit Table(std::vector<std::string> heading);
    void add(std::vector<std::string> row);
    /// Lines with a two-space indent, no trailing spaces.
    [[nodiscard]] std::string to_string() const;

private:
    std::vector<bool> right_;
    std::vector<std::vector<std::string>> rows_;
};

}  // namespace apilab::cli
