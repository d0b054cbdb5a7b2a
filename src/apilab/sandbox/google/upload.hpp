#pragma once

#include <cstdint>
#include <expected>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/http/message.hpp"
#include "apilab/sandbox/google/mail.hpp"

namespace apilab::sandbox::google {

struct Upload {
    Mail mail;
    /// Empty: a thread of its own.
    std::string thread;
    /// As the request names them; for insert and import.
    std::vector<std::string> labels;
};

/// The mail of a send, an insert or a draft (where both may stand in `message`): `{"raw",
/// "threadId", "labelIds"}` as JSON, the mail itself (`message/rfc822`), or both as
/// `multipart/related`. The error is the message of the refusal.
[[nodiscard]] std::expected<Upload, std::string> read_upload(const http::Request& request);

/// Uploads in pieces (`uploadType=resumable`): begun by a POST that answers with a `Location`,
/// filled by PUTs with `Content-Range`, asked after with `bytes */N`. At most 8 at a time, of 50
/// MiB; the oldest is forgotten.
class Uploads {
public:
    static constexpr std::size_t sessions_max = 8;
    static constexpr std::size_t bytes_max = std::size_t{50} << 20U;

    /// Its id. `metadata` is the body of the POST: thread and labels.
    [[nodiscard]] std::string begin(std::string_view metadata);
    struct Progress {
        /// 308 with what is there, 404, 400, or 200: it is whole.
        int status = 0;
        std::size_t received = 0;
        std::optional<Upload> whole;
        std::string error;
    };
    [[nodiscard]] Progress put(std::string_view id, const http::Request& request);
    void clear();

private:
    struct Session {
        std::string metadata;
        std::string bytes;
    };
    std::map<std::string, Session, std::less<>> sessions_;
    std::uint64_t begun_ = 0;
};

}  // namespace apilab::sandbox::google
