#include "net/openssl.hpp"

#include <array>

#include <openssl/err.h>

namespace byzgate::ossl {

std::string take_error() {
    const auto code = ERR_peek_error();
    ERR_clear_error();
    if (code == 0) {
        return "no reason given";
    }
    const char* reason = ERR_reason_error_string(code);
    if (reason != nullptr) {
        return reason;
    }
    std::array<char, 256> text{};
    ERR_error_string_n(code, text.data(), text.size());
    return text.data();
}

std::string only_name_of(X509* certificate) {
    const names all{static_cast<GENERAL_NAMES*>(
        X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr))};
    if (!all || sk_GENERAL_NAME_num(all.get()) != 1) {
        return {};
    }
    const auto* only = sk_GENERAL_NAME_value(all.get(), 0);
    if (only->type != GEN_DNS) {
        return {};
    }
    const auto* text = only->d.dNSName;
    return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
            static_cast<std::size_t>(ASN1_STRING_length(text))};
}

} // namespace byzgate::ossl
