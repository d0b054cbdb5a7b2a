#pragma once

#include <string>
#include <vector>

#include "apilab/base/rng.hpp"

namespace apilab::radar_security {

/// One connection of somebody hostile: bytes, and whether they say that no more will come.
struct HostileConnection {
    std::string bytes;
    /// Else the connection stays open in the middle of what was begun.
    bool ends = true;
};

/// Drawn from parts that matter, bent and mixed: methods, targets in every form, names and floods
/// of headers, framing that two readers read differently, bodies, requests behind each other,
/// halves of requests. None of them knows a secret, and none asks for the stream of events, which
/// goes on.
[[nodiscard]] HostileConnection draw_hostile(Rng& rng);

}  // namespace apilab::radar_security
