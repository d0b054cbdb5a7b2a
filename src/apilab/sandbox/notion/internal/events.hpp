#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <string_view>

#include "apilab/sandbox/notion/internal/call.hpp"

namespace apilab::sandbox::notion {

/// Tells whoever subscribed that something changed: a thin event, ids only (providers/webhooks).
/// `kind` is the entity's: `page`, `block`, `database`, `data_source`, `comment`, `file_upload`.
/// Nothing is done where nobody listens.
void emit(const Call& call, std::string_view type, std::string_view kind, std::string_view id,
          boost::json::object data);
/// `{"id", "type"}` of where a thing stands.
[[nodiscard]] boost::json::object event_parent(const Parent& parent, const Call& call);
/// `page.content_updated` with the blocks that changed, of the page that holds them.
void emit_content(const Call& call, std::string_view id, const std::vector<std::string>& blocks);

}  // namespace apilab::sandbox::notion
