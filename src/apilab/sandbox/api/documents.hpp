#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/http/message.hpp"
#include "apilab/sandbox/provider.hpp"

namespace apilab::sandbox::api {

/// Documents that are read, changed and written back whole (`PUT`), for what is lost on the way.
/// Each has members that no description names, and other ones for each seed: a number beyond 2^53,
/// a decimal with more digits than a double holds, a state that was not there when the client was
/// written, letters of several scripts.
///
/// - `GET /documents`: `{"documents":[{"id"}]}`;
/// - `GET /documents/{id}`: the document, with a strong `ETag`;
/// - `PUT /documents/{id}`: all of it, with `If-Match` (428 without one, 412 for an old one). Only
///   `note` may be changed: whatever else is gone, changed or new is noted for the judge, and taken
///   all the same, as a real API would.
///
/// Facts: `document`; `new_value` = `/state` where a state is new; `rounded` where the id asked for
/// is what a double makes of one of ours; of a `PUT` `lost`, `changed`, `added` with pointers.
class Documents {
public:
    static constexpr std::size_t count = 12;

    explicit Documents(std::uint64_t seed);

    [[nodiscard]] http::Response list() const;
    [[nodiscard]] http::Response get(const Incoming& incoming, std::string_view id) const;
    [[nodiscard]] http::Response replace(const Incoming& incoming, std::string_view id);
    void reset();

    /// Of documents as they were in the beginning: what was taken from them by writing back.
    [[nodiscard]] std::int64_t damaged() const { return damaged_; }

private:
    struct Document {
        std::string id;
        std::string text;
        /// The state is none of `open` and `closed`.
        bool new_state = false;
        int version = 1;
        [[nodiscard]] std::string etag() const;
    };
    [[nodiscard]] const Document* find(const Incoming& incoming, std::string_view id) const;
    std::uint64_t seed_;
    std::vector<Document> documents_;
    std::int64_t damaged_ = 0;
};

}  // namespace apilab::sandbox::api
