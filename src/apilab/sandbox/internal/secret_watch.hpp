#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/http/message.hpp"

namespace apilab::sandbox::internal {

/// Looks for the credentials of a seed where none belongs. Knows them as they are, percent-encoded
/// in URLs, and as the user and password of Basic.
class SecretWatch {
public:
    explicit SecretWatch(std::uint64_t seed);

    [[nodiscard]] bool in_text(std::string_view text) const;
    /// Where a request shows one besides the header that is made for it: `url`, `referer`, `body`,
    /// joined by commas; empty where it does not. The body of a login or of a
    /// request to an authorisation server is made for it, too; of others the first 64 KiB are
    /// looked at.
    [[nodiscard]] std::string places_in(const http::Request& request,
                                        std::string_view operation) const;

private:
    std::vector<std::string> secrets_;
};

}  // namespace apilab::sandbox::internal
