#include "apilab/data/decode.hpp"

namespace apilab::data {

bool ValueDecoder<bool>::decode(http::Json value, bool& out) {
    const auto found = value.boolean();
    out = found.value_or(false);
    return found.has_value();
}

bool ValueDecoder<double>::decode(http::Json value, double& out) {
    const auto found = value.number();
    out = found.value_or(0);
    return found.has_value();
}

bool ValueDecoder<std::string>::decode(http::Json value, std::string& out) {
    const auto found = value.string();
    if (found) {
        out.assign(*found);
    }
    return found.has_value();
}

bool ValueDecoder<Decimal>::decode(http::Json value, Decimal& out) {
    const bool quoted = value.is_string();
    const auto found = Decimal::parse(quoted ? value.string_or("") : value.number_text(), quoted);
    if (found) {
        out = *found;
    }
    return found.has_value();
}

bool element_stays(DecodeContext& context, Step step, bool is_item) {
    if (step == Step::item_dropped || (step == Step::dropped && is_item)) {
        context.item_discarded();
        return false;
    }
    if (step == Step::dropped || context.policy != OnDrift::tolerant) {
        context.value_discarded();
        return false;
    }
    return true;
}

}  // namespace apilab::data
