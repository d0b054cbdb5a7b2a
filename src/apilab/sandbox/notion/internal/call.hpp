#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "apilab/http/json.hpp"
#include "apilab/http/message.hpp"
#include "apilab/sandbox/notion/internal/store.hpp"
#include "apilab/sandbox/provider.hpp"

namespace apilab::sandbox::notion {

/// The first version with data sources.
inline constexpr std::string_view data_sources_since = "2025-09-03";
/// The first with `position` for `after`, and `in_trash` alone.
inline constexpr std::string_view positions_since = "2026-03-11";

/// A request that has come through the door: token, version, size and JSON are right.
struct Call {
    const Incoming* incoming = nullptr;
    Store* store = nullptr;
    http::Json body;
    std::string_view version;
    /// A query finds no more rows than this, whatever its pages (the real one: 10,000).
    std::size_t rows_max = 10'000;

    [[nodiscard]] bool data_sources() const { return version >= data_sources_since; }
    [[nodiscard]] std::string now() const { return minute_of(incoming->system_now); }
    /// `in_trash`, by either of its names where the version has both.
    [[nodiscard]] std::optional<bool> trash() const;
};
using Handler = http::Response (*)(const Call& call);

/// A part of a list by `page_size` and `start_cursor`, which stand in the body of a POST and in the
/// query of a GET.
struct Cut {
    std::size_t first = 0;
    std::size_t end = 0;
    std::optional<std::string> next;
};
/// `id_of(n)` is the cursor that begins with item `n`. The error is a `validation_error`.
[[nodiscard]] std::expected<Cut, http::Response> cut_list(
    const Call& call, std::size_t count, const std::function<std::string(std::size_t)>& id_of);
/// A list of what `item(n)` gives for its part; `kind` is the list's `type`.
[[nodiscard]] boost::json::object list_of(
    const Cut& cut, std::string_view kind,
    const std::function<boost::json::object(std::size_t)>& item);

/// The id in a place of the path, with dashes; else the `validation_error` that it is no UUID.
[[nodiscard]] std::expected<std::string, http::Response> path_id(const Call& call,
                                                                 std::string_view kind);

// One for each operation of the route table (provider.cpp).
[[nodiscard]] http::Response get_bot(const Call& call);
[[nodiscard]] http::Response get_user(const Call& call);
[[nodiscard]] http::Response list_users(const Call& call);
[[nodiscard]] http::Response list_custom_emojis(const Call& call);
[[nodiscard]] http::Response create_database(const Call& call);
[[nodiscard]] http::Response get_database(const Call& call);
[[nodiscard]] http::Response update_database(const Call& call);
[[nodiscard]] http::Response query_database(const Call& call);
[[nodiscard]] http::Response create_data_source(const Call& call);
[[nodiscard]] http::Response get_data_source(const Call& call);
[[nodiscard]] http::Response update_data_source(const Call& call);
[[nodiscard]] http::Response query_data_source(const Call& call);
[[nodiscard]] http::Response list_templates(const Call& call);
[[nodiscard]] http::Response create_page(const Call& call);
[[nodiscard]] http::Response get_page(const Call& call);
[[nodiscard]] http::Response update_page(const Call& call);
[[nodiscard]] http::Response move_page(const Call& call);
[[nodiscard]] http::Response get_page_property(const Call& call);
[[nodiscard]] http::Response get_block(const Call& call);
[[nodiscard]] http::Response update_block(const Call& call);
[[nodiscard]] http::Response delete_block(const Call& call);
[[nodiscard]] http::Response list_blocks(const Call& call);
[[nodiscard]] http::Response append_blocks(const Call& call);
[[nodiscard]] http::Response search(const Call& call);
[[nodiscard]] http::Response create_comment(const Call& call);
[[nodiscard]] http::Response list_comments(const Call& call);
[[nodiscard]] http::Response get_comment(const Call& call);
[[nodiscard]] http::Response update_comment(const Call& call);
[[nodiscard]] http::Response delete_comment(const Call& call);
[[nodiscard]] http::Response create_file_upload(const Call& call);
[[nodiscard]] http::Response send_file_upload(const Call& call);
[[nodiscard]] http::Response complete_file_upload(const Call& call);
[[nodiscard]] http::Response get_file_upload(const Call& call);
[[nodiscard]] http::Response list_file_uploads(const Call& call);

}  // namespace apilab::sandbox::notion
