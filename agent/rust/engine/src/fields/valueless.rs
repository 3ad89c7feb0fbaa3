//! Fields that nothing gives a value in this version, whatever the event.

use super::Class;
use crate::schema::{field_by_name, FieldId};

/// Does the field never have a value?
pub fn is_valueless(name: &str) -> bool {
    use FieldId::*;
    let Some(info) = field_by_name(name) else { return true };
    match Class::of(name) {
        Class::Absent => true,
        // What the control group and the host tell is known; the rest is the container runtime's to say.
        Class::Identity if name.starts_with("container.") => !matches!(
            info.id,
            ContainerId
                | ContainerFullId
                | ContainerType
                | ContainerName
                | ContainerImage
                | ContainerImageId
                | ContainerImageRepository
                | ContainerImageTag
                | ContainerImageDigest
        ),
        Class::Event | Class::Process | Class::Fd | Class::Path | Class::Identity => false,
    }
}
