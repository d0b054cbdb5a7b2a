#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "apilab/provider/mime.hpp"

namespace apilab::provider::internal {

/// One header field, folded at 78 bytes. Words are given with what they need to stand for
/// themselves: encoded, quoted.
class MailHeader {
public:
    explicit MailHeader(std::string_view name);

    /// A word that is not taken apart; on a line of its own where the present one is full.
    void word(std::string_view text);
    /// UTF-8 text for people: words as they are, or as encoded words of RFC 2047.
    void text(std::string_view utf8);
    /// `"Name" <local@domain>`; `more` follows behind a comma.
    void address(const MailAddress& address, bool more);
    /// With its line end.
    [[nodiscard]] std::string take() &&;

private:
    void encoded(std::string_view utf8);

    std::string out_;
    std::size_t column_ = 0;
    bool first_ = true;
};

}  // namespace apilab::provider::internal
