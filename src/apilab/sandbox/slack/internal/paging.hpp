#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "apilab/sandbox/slack/internal/call.hpp"

namespace apilab::sandbox::slack {

inline constexpr std::size_t page_max = 1000;

/// `response_metadata` with the cursor of what comes at `next`, or with the empty text.
[[nodiscard]] boost::json::object next_page(std::string_view kind, std::size_t next,
                                            std::size_t total);
/// Where the page that `cursor` asks for begins; nothing for a cursor that we did not give for
/// this kind of list.
[[nodiscard]] std::optional<std::size_t> page_start(const Call& call, std::string_view kind);
/// One page of a list that is cut by `cursor` and `limit`, with `more` beside it.
[[nodiscard]] http::Response page(const boost::json::array& all, std::string_view kind,
                                  std::string_view member, const Call& call,
                                  boost::json::object more = {});

}  // namespace apilab::sandbox::slack
