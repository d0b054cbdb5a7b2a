#pragma once

#include <expected>
#include <string>

#include "apilab/http/message.hpp"
#include "apilab/sandbox/google/mail.hpp"

namespace apilab::sandbox::google {

struct Upload {
    Mail mail;
    /// Empty: a thread of its own.
    std::string thread;
};

/// The mail of a send: `{"raw", "threadId"}` as JSON, the mail itself (`message/rfc822`), or both
/// as `multipart/related`. The error is the message of the refusal.
[[nodiscard]] std::expected<Upload, std::string> read_upload(const http::Request& request);

}  // namespace apilab::sandbox::google
