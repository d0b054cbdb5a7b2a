#pragma once

#include <boost/json/object.hpp>
#include <string_view>

#include "apilab/sandbox/github/internal/call.hpp"

namespace apilab::sandbox::github {

/// Tells the hub of a change in the call's repository: `rest` with `action` (where it is not
/// empty), `repository` and `sender`, as GitHub delivers it.
void emit(const Call& call, std::string_view type, std::string_view action,
          boost::json::object rest);
/// The same to one subscriber, whatever its events are.
void emit_to(const Call& call, std::string_view hook, std::string_view type,
             boost::json::object rest);
/// The body of `push` for one commit on `main`; `files` has `added`, `modified`, `removed`.
[[nodiscard]] boost::json::object push_object(const Call& call, std::string_view before,
                                              std::string_view message,
                                              const boost::json::object& files);

}  // namespace apilab::sandbox::github
