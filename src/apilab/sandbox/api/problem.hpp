#pragma once

#include <string_view>

#include "apilab/http/message.hpp"

namespace apilab::sandbox::api {

/// A refusal as a problem document (RFC 9457): `type` about:blank, `title` of the status, `status`,
/// `code` for programs, `detail` for people.
[[nodiscard]] http::Response problem(int status, std::string_view code, std::string_view detail);

}  // namespace apilab::sandbox::api
