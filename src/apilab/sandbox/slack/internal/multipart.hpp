#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace apilab::sandbox::slack::internal {

/// One field of a form (RFC 7578).
struct FormPart {
    std::string name;
    /// Empty for a field that is no file.
    std::string file_name;
    /// A view into the body that was read.
    std::string_view body;
};

/// The parts of `multipart/form-data`, at most 200; nothing where the content type has no boundary
/// or the body does not follow it. `body` outlives the parts.
[[nodiscard]] std::optional<std::vector<FormPart>> read_multipart(std::string_view body,
                                                                  std::string_view content_type);

}  // namespace apilab::sandbox::slack::internal
