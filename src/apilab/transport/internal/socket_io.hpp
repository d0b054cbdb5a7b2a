#pragma once

#include <span>
#include <string_view>

#include "apilab/transport/internal/channel.hpp"

namespace apilab::transport::internal {

// The two system calls; a closed peer is a value here, never a signal.
[[nodiscard]] IoResult receive_some(int socket, std::span<char> into);
[[nodiscard]] IoResult send_some(int socket, std::string_view first, std::string_view second);

}  // namespace apilab::transport::internal
