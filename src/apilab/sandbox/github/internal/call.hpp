#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "apilab/http/json.hpp"
#include "apilab/sandbox/github/errors.hpp"
#include "apilab/sandbox/github/internal/shapes.hpp"
#include "apilab/sandbox/github/internal/state.hpp"
#include "apilab/sandbox/github/paging.hpp"
#include "apilab/sandbox/provider.hpp"

namespace apilab::sandbox::github {

/// A request on its way to the operation that answers it: who asks, what for, and what there is.
/// References outlive the answer.
struct Call {
    const Incoming& incoming;
    const Store& store;
    Workspace& workspace;
    /// Null outside of `/repos` and `/repositories`.
    const Repository* repository = nullptr;
    /// Empty: nobody.
    std::string login = {};
    /// May write to the repository.
    bool push = false;
    /// API version 2026-03-10.
    bool newer = false;
    /// The request's body; missing where it has none.
    http::Json body = {};
    /// Now, as answers write it.
    std::string at = {};

    /// The repository as it is now.
    [[nodiscard]] const RepositoryState& look() const { return workspace.look(*repository); }
    [[nodiscard]] RepositoryState& edit() const { return workspace.edit(*repository); }
};

/// An answer with that body, `base_mark` written out.
[[nodiscard]] http::Response reply(const Call& call, int status, const boost::json::value& body);
/// 201 with the new thing's own `url` as `Location`.
[[nodiscard]] http::Response created(const Call& call, const boost::json::object& body);
[[nodiscard]] http::Response not_found();
[[nodiscard]] http::Response no_content();

/// Adds `Last-Modified`; `time` is as answers write it.
[[nodiscard]] http::Response modified(http::Response answer, const std::string& time);

/// The request's path below the repository, as links and redirects write it: `/issues/7`.
[[nodiscard]] std::string rest_of(const Incoming& incoming);
/// `/repositories/7/issues`: what links of a list start with.
[[nodiscard]] std::string list_path(const Call& call);

/// The number in a place of the path, or 0.
[[nodiscard]] std::int64_t path_number(const Incoming& incoming, const std::string& name);
/// A client's text without what would be taken for `base_mark`.
[[nodiscard]] std::string clean(std::string_view text);
/// A string member of the body, cleaned.
[[nodiscard]] std::optional<std::string> text_member(http::Json body, std::string_view name);
/// The body lacks what it needs: 422 without `errors`, as the schema check in front of the API
/// answers.
[[nodiscard]] http::Response not_supplied(std::string_view field, std::string_view documentation);
/// An id for what a client makes: the same one in the same order.
[[nodiscard]] std::int64_t fresh_id(RepositoryState& state, std::string_view kind);
/// A repository that is full (`rows_max`).
[[nodiscard]] http::Response full();

/// One page of `rows`, each written by `text`.
template <class Range, class Text>
http::Response list_reply(const Call& call, const Range& rows, Text text) {
    const auto slice = slice_by_page(call.incoming, rows.size(), list_path(call));
    boost::json::array body;
    for (std::size_t i = 0; i < slice.count; ++i) {
        body.emplace_back(text(rows[slice.first + i]));
    }
    auto answer = reply(call, 200, body);
    if (!slice.link.empty()) {
        answer.header("link", slice.link);
    }
    return answer;
}

}  // namespace apilab::sandbox::github
