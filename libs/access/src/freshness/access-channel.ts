/** The NOTIFY channel that every change of who may do what is announced on. */
export const accessChannel = 'access_changes';
