# Debian ships CAF 0.17 without a CMake or pkg-config file. Defines CAF::core, CAF::io and
# CAF::openssl.
find_path(CAF_INCLUDE_DIR caf/config.hpp)
include(FindPackageHandleStandardArgs)
set(CAF_REQUIRED_VARIABLES CAF_INCLUDE_DIR)
foreach(COMPONENT core io openssl)
  find_library(CAF_${COMPONENT}_LIBRARY caf_${COMPONENT})
  list(APPEND CAF_REQUIRED_VARIABLES CAF_${COMPONENT}_LIBRARY)
endforeach()
find_package_handle_standard_args(CAF REQUIRED_VARS ${CAF_REQUIRED_VARIABLES})
if(CAF_FOUND)
  foreach(COMPONENT core io openssl)
    if(NOT TARGET CAF::${COMPONENT})
      add_library(CAF::${COMPONENT} UNKNOWN IMPORTED)
      set_target_properties(CAF::${COMPONENT} PROPERTIES
                            IMPORTED_LOCATION ${CAF_${COMPONENT}_LIBRARY})
      # As system headers, so that our warnings stay ours.
      target_include_directories(CAF::${COMPONENT} SYSTEM INTERFACE ${CAF_INCLUDE_DIR})
    endif()
  endforeach()
  target_link_libraries(CAF::io INTERFACE CAF::core)
  target_link_libraries(CAF::openssl INTERFACE CAF::io)
endif()
mark_as_advanced(CAF_INCLUDE_DIR)
