#pragma once

#include <string_view>

namespace apilab {

/// One file compiled into the program by `apilab_embed` (cmake/Embed.cmake).
struct EmbeddedFile {
    /// The file's name without its folder: `npm.json`.
    std::string_view name;
    /// Its bytes, unchanged, for as long as the program runs.
    std::string_view bytes;
};

}  // namespace apilab
