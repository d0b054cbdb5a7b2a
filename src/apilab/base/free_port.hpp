#pragma once

#include <cstdint>

namespace apilab {

/// A TCP port of 127.0.0.1 that nobody listens on at this moment, for a program that has to be told
/// one before it starts; another may take it until then, so who is refused it asks again. 0 where
/// the system has none. Who listens itself binds to port 0 instead.
[[nodiscard]] std::uint16_t free_port();

}  // namespace apilab
