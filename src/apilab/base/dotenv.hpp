#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/base/result.hpp"
#include "apilab/base/secret.hpp"

namespace apilab {

/// One assignment of a `.env` file.
struct DotenvEntry {
    std::string name;
    Secret value;
    /// From 1; of its name.
    std::size_t line = 0;
};

/// Reads the text of a `.env` file: one `NAME=value` a line, blank lines and lines that begin with
/// `#` between them, `export` before the name allowed.
///
/// - A name is a letter or `_`, then letters, digits, `_`.
/// - Bare: to the end of the line or to a `#` after a blank, trimmed, taken as it stands.
/// - `'single'`: as it stands, over several lines too.
/// - `"double"`: the same with `\n`, `\r`, `\t`, `\\`, `\"` and `\$`; other backslashes stay.
///
/// Nothing is expanded or executed: `$HOME` and `$(date)` are text. Entries come in their order, a
/// name perhaps twice (the last one is meant). Errors (`invalid_argument`, detail: the line number;
/// never the text of the line, which may be a secret): no `=`, a bad name, an open quote, something
/// behind a closing quote, NUL; `too_large` above 1 MiB or 1000 entries.
[[nodiscard]] Result<std::vector<DotenvEntry>> parse_dotenv(std::string_view text);

}  // namespace apilab
