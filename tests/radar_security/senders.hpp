#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "apilab/base/clock.hpp"
#include "apilab/base/secret.hpp"
#include "apilab/http/headers.hpp"

namespace apilab::radar_security {

/// Who delivers webhooks here: `github`, `notion`, `slack`, `standard`, `stripe`.
[[nodiscard]] const std::vector<std::string>& senders();

/// What somebody delivers.
struct Delivery {
    std::string path;
    http::Headers headers;
    std::string body;
};

/// An event of that sender whose every field that may hold a URL leads to `url`. `number` makes it
/// another event.
[[nodiscard]] std::string event_of(std::string_view sender, int number,
                                   std::string_view url = "https://example.test/x");

/// As the sender sends it, signed under `secret` at `now`. `body` as it stands.
[[nodiscard]] Delivery deliver(std::string_view sender, const Secret& secret, std::string body,
                               int number, SystemTime now);

}  // namespace apilab::radar_security
